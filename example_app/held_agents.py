"""Agents that do not come back after their chat: the fault ``pool_exhaustion``."""

import threading
from collections.abc import Callable

GiveBack = Callable[[], None]


class HeldAgents:
    """Keeps agents from their pool for a while; lets all of them go when it closes."""

    def __init__(self) -> None:
        self._held: dict[threading.Timer, GiveBack] = {}
        self._is_open = False
        self._lock = threading.Lock()

    def open(self) -> None:
        """Begin to keep agents."""
        with self._lock:
            self._is_open = True

    def hold(self, give_back: GiveBack, seconds: float) -> None:
        """Keep one agent, at most as many as the pool has.

        Args:
            give_back: puts the agent into its pool again; called once.
            seconds: how long it is kept.
        """
        timer = threading.Timer(seconds, lambda: self._let_go(timer))
        timer.daemon = True
        with self._lock:
            if self._is_open:
                self._held[timer] = give_back
                timer.start()
                return
        give_back()

    def close(self) -> None:
        """Let every agent go, and keep none any more."""
        with self._lock:
            self._is_open = False
            held, self._held = self._held, {}
        for timer, give_back in held.items():
            timer.cancel()
            give_back()

    def _let_go(self, timer: threading.Timer) -> None:
        with self._lock:
            give_back = self._held.pop(timer, None)
        if give_back is not None:
            give_back()
