"""What a worker does every two seconds, so that the worker that answers a scrape knows of it."""

import threading
from collections.abc import Callable
from contextlib import suppress

from agent_telemetry.guard import Guard
from agent_telemetry.workers.fork_safety import call_in_child

BEAT_SECONDS = 2.0


class WorkerBeat:
    """Does its tasks in one daemon thread, from when its process begins to work.

    A process that only forks workers (the master of ``gunicorn --preload``) never begins: it has no
    thread at the fork, and its gauges do not count. A forked child begins for itself.

    Args:
        guard: takes the faults.
        seconds: time between two beats.
    """

    def __init__(self, guard: Guard, seconds: float = BEAT_SECONDS) -> None:
        self._guard = guard
        self._seconds = seconds
        self._tasks: list[Callable[[], None]] = []
        self._started = False
        self._stop = threading.Event()
        call_in_child(self._forked)

    def add(self, task: Callable[[], None]) -> None:
        """Have a task done at each beat."""
        self._tasks.append(task)

    def start(self) -> None:
        """Begin; cheap when it has begun."""
        if self._started:
            return
        self._started = True
        with suppress(RuntimeError):  # the interpreter is going down
            threading.Thread(
                target=self._run, args=(self._stop,), name="agent_telemetry-worker", daemon=True
            ).start()

    def beat(self) -> None:
        """Do the tasks now, in this thread."""
        for task in self._tasks:
            try:
                task()
            except Exception as error:  # noqa: BLE001 -- telemetry never raises into its host
                self._guard.fault("worker_beat", error)

    def stop(self) -> None:
        """Do the tasks once more, if they ever were done, and end."""
        if self._started and not self._stop.is_set():
            self._stop.set()
            self.beat()

    def _run(self, stop: threading.Event) -> None:
        while True:
            self.beat()
            if stop.wait(self._seconds):
                return

    def _forked(self) -> None:
        self._started = False
        self._stop = threading.Event()
