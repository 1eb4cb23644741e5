"""The pool of agents: grown on demand up to its maximum, with a bounded queue before it."""

import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from agent_telemetry import ObservabilityStack

_log = logging.getLogger(__name__)


class PoolFullError(Exception):
    """No agent is free and no place in the queue, or the wait was too long."""


class AgentPool:
    """Hands out agent slots such as ``support-1``.

    Args:
        max_size: most live agents.
        queue_size: most callers that wait.
        wait_seconds: longest wait.
        stack: told about size, busy agents and queue.
    """

    def __init__(
        self, max_size: int, queue_size: int, wait_seconds: float, stack: ObservabilityStack
    ) -> None:
        self._max_size = max_size
        self._queue_size = queue_size
        self._wait_seconds = wait_seconds
        self._stack = stack
        self._idle: dict[str, list[str]] = {}
        self._numbers: dict[str, set[int]] = {}
        self._size = 0
        self._waiting = 0
        self._changed = threading.Condition()
        stack.metrics.set("agent_pool_max_size", max_size)
        stack.metrics.track("agent_pool_size", lambda: self._size)
        stack.metrics.track("agent_queue_length", lambda: self._waiting)
        for name in ("agent_active_count", "active_agents"):
            stack.metrics.track(name, lambda: self._size - sum(map(len, self._idle.values())))

    @contextmanager
    def agent(self, template_id: str) -> Iterator[str]:
        """Hold an agent's slot, waiting for one if need be.

        Raises:
            PoolFullError: there is none to be had.
        """
        slot = self._acquire(template_id)
        try:
            yield slot
        finally:
            with self._changed:
                self._idle.setdefault(template_id, []).append(slot)
                self._changed.notify()

    def _acquire(self, template_id: str) -> str:
        deadline = time.monotonic() + self._wait_seconds
        with self._changed:
            slot = self._take(template_id)
            if slot is not None:
                return slot
            if self._waiting >= self._queue_size:
                raise PoolFullError("the queue is full")
            self._waiting += 1
            try:
                while slot is None:
                    left = deadline - time.monotonic()
                    if left <= 0:
                        raise PoolFullError("the wait was too long")
                    self._changed.wait(left)
                    slot = self._take(template_id)
            finally:
                self._waiting -= 1
            return slot

    def _take(self, template_id: str) -> str | None:
        """Return an idle slot, a new one, or one that another template does not need."""
        idle = self._idle.get(template_id)
        if idle:
            return idle.pop()
        if self._size >= self._max_size:
            other = next((name for name, slots in self._idle.items() if slots), None)
            if other is None:
                return None
            closed = self._idle[other].pop()
            self._numbers[other].discard(int(closed.rpartition("-")[2]))
            self._size -= 1
        return self._create(template_id)

    def _create(self, template_id: str) -> str:
        taken = self._numbers.setdefault(template_id, set())
        number = next(each for each in range(1, self._max_size + 1) if each not in taken)
        taken.add(number)
        self._size += 1
        slot = f"{template_id}-{number}"
        self._stack.metrics.inc("agent_created_total")
        _log.info(
            "Agent created",
            extra={"event": "agent_created", "agent_id": slot, "template_id": template_id},
        )
        return slot
