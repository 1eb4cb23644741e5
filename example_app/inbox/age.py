"""Times worded for people: how long ago, and when, in UTC."""

from datetime import UTC, datetime

_UNITS = ((86_400, "d"), (3600, "h"), (60, "min"), (1, "s"))
_TWO_UNITS = 2
_MINUTE = 60


def age_text(seconds: float) -> str:
    """A length of time in its largest fitting unit: `45 s`, `12 min`, `3 h`, `2 d`."""
    for size, unit in _UNITS:
        if seconds >= size:
            return f"{int(seconds // size)} {unit}"
    return "0 s"


def length_text(seconds: float) -> str:
    """A length of time in its two largest units: `1 h 12 min`, `12 min`, `45 s`.

    Seconds are told only of less than a minute.
    """
    rest = int(max(0.0, seconds))
    if rest >= _MINUTE:
        rest -= rest % _MINUTE
    parts: list[str] = []
    for size, unit in _UNITS:
        if rest >= size and len(parts) < _TWO_UNITS:
            parts.append(f"{rest // size} {unit}")
            rest %= size
        elif parts:
            break
    return " ".join(parts) or "0 s"


def read_time(stamp: str) -> datetime:
    """A time of the history as one in UTC."""
    return datetime.fromisoformat(stamp).astimezone(UTC)


def clock_text(time: datetime, now: datetime) -> str:
    """A time of day in UTC, with the date unless it is today."""
    day = "" if time.date() == now.date() else f"{time:%Y-%m-%d} "
    return f"{day}{time:%H:%M:%S} UTC"


def day_text(time: datetime, now: datetime) -> str:
    """The day of a time in UTC: `Today`, `Yesterday`, or `Monday 2026-01-05`."""
    ago = (now.date() - time.date()).days
    date = f"{time:%A %Y-%m-%d}"
    return {0: f"Today, {date}", 1: f"Yesterday, {date}"}.get(ago, date)
