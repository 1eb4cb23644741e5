"""The calendar windows (UTC) that money is added up in."""

from datetime import UTC, datetime
from typing import Literal, get_args

Window = Literal["hour", "day", "month"]

WINDOWS: tuple[Window, ...] = get_args(Window)
HOUR_SECONDS = 3600
DAY_SECONDS = 86400


def start_of(window: Window, seconds: float) -> int:
    """Return when a window began.

    Args:
        window: hour, day or month.
        seconds: a moment within it, in seconds since 1970 (UTC).

    Returns:
        The window's first second since 1970 (UTC).
    """
    if window == "hour":
        return int(seconds // HOUR_SECONDS) * HOUR_SECONDS
    if window == "day":
        return int(seconds // DAY_SECONDS) * DAY_SECONDS
    moment = datetime.fromtimestamp(seconds, UTC)
    return int(datetime(moment.year, moment.month, 1, tzinfo=UTC).timestamp())
