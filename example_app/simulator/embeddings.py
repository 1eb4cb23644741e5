"""Deterministic text vectors: texts that share words lie close together."""

import hashlib
import math
import re

_WORD = re.compile(r"\w+")
_PIECE = 4


def embed(text: str, dimensions: int) -> list[float]:
    """A unit vector of the text's words and word beginnings, hashed into `dimensions`.

    Whole words weigh most; beginnings bring `refund` and `refunds` together.
    """
    vector = [0.0] * dimensions
    for word in _WORD.findall(text.lower()) or [text]:
        _add(vector, word, 1.0)
        _add(vector, f"^{word[:_PIECE]}", 0.6)
    length = math.sqrt(sum(value * value for value in vector))
    if not length:
        # Two features of opposite sign in one place: any fixed direction will do.
        return [1.0] + [0.0] * (dimensions - 1)
    return [value / length for value in vector]


def _add(vector: list[float], feature: str, weight: float) -> None:
    digest = hashlib.blake2b(feature.encode(), digest_size=8).digest()
    place = int.from_bytes(digest[:7]) % len(vector)
    vector[place] += weight if digest[7] & 1 else -weight
