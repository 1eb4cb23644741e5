"""The prompt as the provider reads it, in pieces: what is counted, and what is cached."""

from collections.abc import Iterable
from dataclasses import dataclass

import orjson

from example_app.simulator.api_error import ApiError


@dataclass(frozen=True)
class PromptPiece:
    """One piece of a prompt.

    Attributes:
        data: Its bytes.
        cache_seconds: For how long the prompt up to the end of this piece is to be kept in the
            cache; 0 where the caller has set no mark.
    """

    data: bytes
    cache_seconds: int = 0


def joined(pieces: Iterable[PromptPiece]) -> bytes:
    """The whole prompt."""
    return b"".join(piece.data for piece in pieces)


def json_bytes(value: object) -> bytes:
    """A value as JSON.

    Raises:
        ApiError: 400 when it is nested too deeply to be written.
    """
    try:
        return orjson.dumps(value)
    except orjson.JSONEncodeError:
        raise ApiError(400, "The request is nested too deeply.") from None
