"""What counters grew by within a time, from readings that are taken now and then."""

from collections import deque
from collections.abc import Mapping
from typing import Generic, TypeVar

Key = TypeVar("Key")

#: Readings kept of one window: it is met to a 60th.
_MOST_READINGS = 60


class CounterWindow(Generic[Key]):
    """Compares readings with the one that is a window old, or with the oldest that there is.

    A counter that an earlier reading did not have stood at 0 then, so that the first dollar and the
    first failure count. One that fell began anew.

    Args:
        seconds: length of the window.
    """

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._readings: deque[tuple[float, Mapping[Key, float]]] = deque()

    def begin(self, now: float, values: Mapping[Key, float]) -> None:
        """Forget everything and compare with these values from now on."""
        self._readings.clear()
        self._readings.append((now, dict(values)))

    def increases(self, now: float, values: Mapping[Key, float]) -> dict[Key, float]:
        """Take a reading and return by how much each counter grew within the window.

        Args:
            now: steady time in seconds.
            values: the counters now.
        """
        horizon = now - self.seconds
        while len(self._readings) > 1 and self._readings[1][0] <= horizon:
            self._readings.popleft()
        before = self._readings[0][1] if self._readings else values
        if not self._readings or now - self._readings[-1][0] >= self.seconds / _MOST_READINGS:
            self._readings.append((now, dict(values)))
        found = {}
        for key, value in values.items():
            was = before.get(key, 0.0)
            found[key] = value - was if value >= was else value
        return found

    @property
    def length(self) -> int:
        """Readings held."""
        return len(self._readings)


def quantile(share: float, buckets: Mapping[float, float]) -> float | None:
    """Return a quantile of a histogram, as Prometheus' ``histogram_quantile`` does.

    Args:
        share: 0 to 1.
        buckets: upper bound (the last is infinite) → number of values up to it.

    Returns:
        The value, interpolated within its bucket; the highest finite bound when it is beyond it;
        None without values.
    """
    bounds = sorted(buckets)
    if not bounds or buckets[bounds[-1]] <= 0:
        return None
    wanted = share * buckets[bounds[-1]]
    lower, below = 0.0, 0.0
    for bound in bounds:
        if buckets[bound] >= wanted and buckets[bound] > below:
            if bound == float("inf"):
                return lower
            return lower + (bound - lower) * (wanted - below) / (buckets[bound] - below)
        lower, below = (bound if bound != float("inf") else lower), max(below, buckets[bound])
    return lower
