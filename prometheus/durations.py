"""Durations as Prometheus writes them (`5m`, `1h30m`), and how a live test shrinks them."""

import re
from dataclasses import dataclass

_SECONDS = {"w": 604800, "d": 86400, "h": 3600, "m": 60, "s": 1}
_DURATION = re.compile(r"(?:\d+[wdhms])+")


def seconds(duration: str) -> int:
    """Return how many seconds a duration like `1h30m` is.

    Raises:
        ValueError: if it is no duration of whole weeks, days, hours, minutes and seconds.
    """
    if not _DURATION.fullmatch(duration):
        raise ValueError(f"{duration!r}: a duration looks like 30s, 5m or 1h30m")
    return sum(int(n) * _SECONDS[unit] for n, unit in re.findall(r"(\d+)([wdhms])", duration))


def written(total: int) -> str:
    """Return a number of seconds as Prometheus writes it, in the largest units that fit."""
    if total == 0:
        return "0s"
    parts = []
    for unit, size in _SECONDS.items():
        if unit == "w":  # 7d reads better than 1w
            continue
        count, total = divmod(total, size)
        if count:
            parts.append(f"{count}{unit}")
    return "".join(parts)


@dataclass(frozen=True, slots=True)
class TimeScale:
    """Shrinks durations so that a live test sees in a minute what takes an hour in production.

    Attributes:
        factor: what durations are multiplied by: 1 leaves them, 0.1 makes 30 s of 5 minutes.
        shortest_window: a window is never made shorter (seconds): a rate needs two samples of a
            target that is scraped every 10 s, even if one scrape is late.
    """

    factor: float = 1.0
    shortest_window: int = 30

    def window(self, duration: str) -> str:
        """Return the scaled range of a selector."""
        full = seconds(duration)
        return written(min(full, max(self.shortest_window, round(full * self.factor))))

    def hold(self, duration: str) -> str:
        """Return the scaled `for` of an alert."""
        return written(round(seconds(duration) * self.factor))

    def evaluation(self, duration: str) -> str:
        """Return the scaled interval of a group, 5 s at the least."""
        full = seconds(duration)
        return written(min(full, max(5, round(full * self.factor))))
