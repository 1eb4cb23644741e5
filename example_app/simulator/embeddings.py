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
    weights: dict[int, float] = {}
    for word in _WORD.findall(text.lower()) or [text]:
        _add(weights, word, 1.0, dimensions)
        _add(weights, f"^{word[:_PIECE]}", 0.6, dimensions)
    vector = [0.0] * dimensions
    length = math.sqrt(sum(value * value for value in weights.values()))
    if not length:
        # Two features of opposite sign in one place: any fixed direction will do.
        vector[0] = 1.0
    else:
        for place, value in weights.items():
            vector[place] = value / length
    return vector


def _add(weights: dict[int, float], feature: str, weight: float, dimensions: int) -> None:
    digest = hashlib.blake2b(feature.encode(), digest_size=8).digest()
    place = int.from_bytes(digest[:7]) % dimensions
    weights[place] = weights.get(place, 0.0) + (weight if digest[7] & 1 else -weight)
