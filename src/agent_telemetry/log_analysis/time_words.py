"""Times as people write them on a command line."""

import re
from datetime import UTC, datetime

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
_SPAN = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,6})?)([smhdw])")
#: A hundred years: more than that back is a typing error.
_MOST_SECONDS = 100 * 366 * 86_400


def seconds(text: str) -> float | None:
    """Return the seconds of ``90s``, ``15m``, ``1.5h``, ``7d`` or ``2w``; None for ``all``.

    Raises:
        ValueError: it is none of these.
    """
    if text == "all":
        return None
    matched = _SPAN.fullmatch(text)
    found = float(matched[1]) * _UNITS[matched[2]] if matched else 0
    if not 0 < found <= _MOST_SECONDS:
        raise ValueError(f"{text!r} is no span of time; write 90s, 15m, 1.5h, 7d, 2w or all")
    return found


def moment(text: str) -> datetime:
    """Return an aware time; one without a zone is UTC.

    Raises:
        ValueError: it is no ISO 8601 time.
    """
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(
            f"{text!r} is no time; write 2026-03-01, 2026-03-01T10:00:00Z or ...+08:00"
        ) from None
    return found if found.tzinfo is not None else found.replace(tzinfo=UTC)
