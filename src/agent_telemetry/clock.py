"""Where the time comes from, so that a test can turn it."""

import time
from typing import Protocol


class Clock(Protocol):
    """Wall time and a steady time, both in seconds."""

    def time(self) -> float:
        """Return seconds since 1970 (UTC)."""

    def monotonic(self) -> float:
        """Return seconds that never run backwards."""


class SystemClock:
    """The machine's clock."""

    # Read several times at each event: no function of our own around them.
    monotonic = staticmethod(time.monotonic)
    time = staticmethod(time.time)


class ManualClock:
    """A clock that stands still until it is moved; for tests."""

    def __init__(self, start: float = 1_700_000_000.0) -> None:
        self._now = start

    def time(self) -> float:
        """Return the set time in seconds since 1970 (UTC)."""
        return self._now

    def monotonic(self) -> float:
        """Return the same set time."""
        return self._now

    def advance(self, seconds: float) -> None:
        """Move the clock forward."""
        self._now += seconds
