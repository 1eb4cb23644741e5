"""The dead man's switch: tells when alerts no longer arrive at all."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

LIMIT = timedelta(minutes=3)


@dataclass(frozen=True)
class WatchdogState:
    """Where the switch stands.

    `alive` is False without a beat, when the last is too old, and once the alert is over.
    """

    last_beat: datetime | None
    age_seconds: float | None
    alive: bool


class Watchdog:
    """Remembers the last beat of the alert that always fires.

    Args:
        now: The clock.
        last_beat: The last beat before a restart, if it is known.
    """

    def __init__(self, now: Callable[[], datetime], last_beat: datetime | None = None) -> None:
        self._now = now
        self._last_beat = last_beat
        self._over = False

    def beat(self) -> None:
        """The Watchdog alert has arrived."""
        self._last_beat = self._now()
        self._over = False

    def over(self) -> None:
        """The end of the Watchdog alert has arrived: it ends only when nobody fires it any more.

        Alertmanager repeats the alert of a Prometheus that is gone for up to four minutes (until
        the `endsAt` that Prometheus gave it), and then says that it is over.
        """
        self._over = True

    @property
    def state(self) -> WatchdogState:
        """The state at this moment."""
        if self._last_beat is None:
            return WatchdogState(None, None, alive=False)
        age = self._now() - self._last_beat
        alive = age <= LIMIT and not self._over
        return WatchdogState(self._last_beat, max(0.0, age.total_seconds()), alive=alive)
