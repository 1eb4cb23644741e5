"""Reads a chat's answer that comes as server-sent events."""

import json
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

_OK = 200
_BROKEN_OFF = 0


@dataclass(frozen=True)
class StreamedAnswer:
    """How a stream ended.

    Attributes:
        status: 200 after `done`; what an `error` event told; 0 when neither came.
        answer: The JSON of `done`, otherwise empty.
        first_at: When the first event came, by the clock that was given; None without one.
    """

    status: int
    answer: dict[str, Any]
    first_at: float | None


def read_stream(lines: Iterable[str], now: Callable[[], float] = time.monotonic) -> StreamedAnswer:
    """Reads the events to the last one.

    Args:
        lines: The body's lines without their ends.
        now: The clock.
    """
    first_at: float | None = None
    event = ""
    ended = StreamedAnswer(_BROKEN_OFF, {}, None)
    for line in lines:
        name, _, value = line.partition(":")
        if name == "event":
            event = value.strip()
            first_at = now() if first_at is None else first_at
        elif name == "data" and event in {"done", "error"}:
            told = _json_object(value)
            status = _OK if event == "done" else told.get("status")
            ended = StreamedAnswer(
                status if isinstance(status, int) else _BROKEN_OFF,
                told if event == "done" else {},
                None,
            )
    return StreamedAnswer(ended.status, ended.answer, first_at)


def _json_object(text: str) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}
