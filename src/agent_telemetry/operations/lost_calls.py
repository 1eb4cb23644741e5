"""Model calls that were begun and thrown away without an end."""

from queue import Empty, SimpleQueue
from typing import Protocol

from agent_telemetry.asgi.departures import Abandoned


class Ending(Protocol):
    """A model call, or what watches one."""

    def end(self, error: BaseException | None = None) -> None:
        """End it; a second call does nothing."""


class LostCalls:
    """Takes calls out of a garbage collection and ends them later.

    A collection may begin anywhere, also where its thread holds a lock that the end of a call
    needs. ``SimpleQueue.put`` is the one thing that is safe there; the calls are ended before the
    next scrape, at the next model call and at shutdown.
    """

    def __init__(self) -> None:
        self._queue: SimpleQueue[Ending] = SimpleQueue()

    def put(self, call: Ending) -> None:
        """Keep a call until it can be ended; may be called by a finalizer."""
        self._queue.put(call)

    def end_all(self) -> None:
        """End what came in."""
        while not self._queue.empty():
            try:
                call = self._queue.get_nowait()
            except Empty:  # another thread was faster
                return
            call.end(Abandoned())
