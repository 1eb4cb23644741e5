"""Calls code of the host's with a time limit, so that what hangs costs only itself."""

import queue
import threading
from collections.abc import Callable
from typing import Any, TypeVar

from agent_telemetry.workers.fork_safety import call_in_child

T = TypeVar("T")

_Job = tuple[Callable[[], Any], "queue.SimpleQueue[tuple[bool, Any]]", str]


class HangingError(Exception):
    """A call did not come back in time, or one of the same key before it has not yet."""


class TimedCalls:
    """Makes calls one after the other in a thread; one that hangs is left behind with its thread.

    What hangs is not called again before it has come back, so that there are never more threads
    than keys.

    Args:
        seconds: longest wait for a call.
    """

    def __init__(self, seconds: float = 2.0) -> None:
        self._seconds = seconds
        self._jobs: queue.SimpleQueue[_Job | None] | None = None
        self._hanging: set[str] = set()
        call_in_child(self._forked)

    def call(self, key: str, function: Callable[[], T]) -> T:
        """Return what a function returns; one thread at a time may ask.

        Args:
            key: whose function it is.
            function: what is called, in another thread.

        Raises:
            HangingError: it takes too long.
            Exception: whatever the function raises.
        """
        if key in self._hanging:
            raise HangingError(f"{key} still hangs")
        answer: queue.SimpleQueue[tuple[bool, Any]] = queue.SimpleQueue()
        if self._jobs is None:
            self._jobs = self._start()
        self._hanging.add(key)
        self._jobs.put((function, answer, key))
        try:
            succeeded, result = answer.get(timeout=self._seconds)
        except queue.Empty:
            # Should it come back, its thread has nothing more to do.
            self._jobs.put(None)
            self._jobs = None
            raise HangingError(f"{key} takes longer than {self._seconds:g} s") from None
        if succeeded:
            return result  # type: ignore[no-any-return]
        raise result

    def close(self) -> None:
        """Let the thread end."""
        if self._jobs is not None:
            self._jobs.put(None)
            self._jobs = None

    def _start(self) -> "queue.SimpleQueue[_Job | None]":
        jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        threading.Thread(
            target=self._run, args=(jobs, self._hanging), name="agent_telemetry-rules", daemon=True
        ).start()
        return jobs

    @staticmethod
    def _run(jobs: "queue.SimpleQueue[_Job | None]", hanging: set[str]) -> None:
        while (job := jobs.get()) is not None:
            function, answer, key = job
            try:
                found: tuple[bool, Any] = (True, function())
            except BaseException as error:  # noqa: BLE001 -- sys.exit of a rule ends nobody
                known = isinstance(error, Exception)
                found = (False, error if known else RuntimeError(f"it raised {error!r}"))
            hanging.discard(key)
            answer.put(found)

    def _forked(self) -> None:
        self._jobs, self._hanging = None, set()
