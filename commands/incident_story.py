"""Tells what happens in an incident, with the time since its start, and waits for the next step."""

import time
from collections.abc import Callable
from typing import TypeVar

import httpx
from rich.console import Console

from agent_telemetry.clock import Clock, SystemClock

Found = TypeVar("Found")

_PAUSE_SECONDS = 1.0


class IncidentError(Exception):
    """The incident cannot be made, or did not show what it should; the text says which."""


class Story:
    """Prints lines with the time before them.

    Args:
        console: where they go.
        clock: for times and deadlines.
        sleep: waits for some seconds.
    """

    def __init__(
        self,
        console: Console,
        clock: Clock | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.console = console
        self.clock = clock or SystemClock()
        self._sleep = sleep
        self._started = self.clock.monotonic()

    def tell(self, text: str) -> None:
        """Print what happened now."""
        seconds = int(self.clock.monotonic() - self._started)
        self.console.print(f"{seconds // 60:02d}:{seconds % 60:02d} {text}")

    def wait_for(self, question: Callable[[], Found], *, within: float, what: str) -> Found:
        """Ask every second until the answer is true; what cannot be reached is asked again.

        Args:
            question: what is asked.
            within: the deadline in seconds.
            what: what is waited for.

        Raises:
            IncidentError: it did not come in time.
        """
        deadline = self.clock.monotonic() + within
        with self.console.status(f"waiting for {what}, at most {within:.0f} s"):
            while True:
                last = "not yet"
                try:
                    answer = question()
                    if answer:
                        return answer
                except httpx.HTTPError as error:
                    last = str(error) or type(error).__name__
                if self.clock.monotonic() >= deadline:
                    raise IncidentError(f"{what}: not within {within:.0f} s ({last})")
                self._sleep(_PAUSE_SECONDS)
