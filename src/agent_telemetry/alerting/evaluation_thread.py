"""The one thread that evaluates the rules, every few seconds."""

import threading
from collections.abc import Callable
from contextlib import suppress

from agent_telemetry.guard import Guard
from agent_telemetry.workers.fork_safety import call_in_child


class EvaluationThread:
    """Calls something every few seconds until it is stopped; runs on in a forked child.

    Args:
        begin: called once at the start of the thread.
        begin_after_fork: called in a forked child before anything else happens there; quick.
        evaluate: called every few seconds.
        guard: takes the faults.
        seconds: time between two evaluations.
    """

    def __init__(
        self,
        *,
        begin: Callable[[], None],
        begin_after_fork: Callable[[], None],
        evaluate: Callable[[], object],
        guard: Guard,
        seconds: float,
    ) -> None:
        self._begin = begin
        self._begin_after_fork = begin_after_fork
        self._evaluate = evaluate
        self._guard = guard
        self.seconds = seconds
        self._stop = threading.Event()
        self.running = False
        call_in_child(self._forked)

    def start(self) -> None:
        """Begin; nothing when it has begun or was stopped."""
        if self.running or self._stop.is_set():
            return
        self.running = True
        with suppress(RuntimeError):  # the interpreter is going down
            threading.Thread(
                target=self._run, args=(self._stop,), name="agent_telemetry-alerts", daemon=True
            ).start()

    def stop(self) -> None:
        """End soon."""
        self._stop.set()

    def _run(self, stop: threading.Event) -> None:
        self._careful(self._begin)
        while not stop.wait(self.seconds):
            self._careful(self._evaluate)

    def _careful(self, step: Callable[[], object]) -> None:
        try:
            step()
        except Exception as error:  # noqa: BLE001 -- the next evaluation may succeed
            with suppress(Exception):  # strict or not, the thread goes on
                self._guard.fault("alerts", error)

    def _forked(self) -> None:
        stopped, was_running = self._stop.is_set(), self.running
        self._stop = threading.Event()
        self.running = False
        if was_running and not stopped:
            self._careful(self._begin_after_fork)
            self.start()
