"""The pool of agents: grown on demand up to its maximum, with a bounded queue before it.

An agent that had nothing to do for some minutes is closed, so that the size of the pool tells how
many are needed now, not how many were once needed.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from agent_telemetry import ObservabilityStack

_log = logging.getLogger(__name__)
#: Who waits looks this often, in seconds, whether it is still waited for.
_LOOK_UP_SECONDS = 0.5

GiveBack = Callable[[], None]


class PoolFullError(Exception):
    """No agent is free and no place in the queue, or the wait was too long."""


class AgentPool:
    """Hands out agent slots such as ``support-1``.

    Args:
        max_size: most live agents.
        queue_size: most callers that wait.
        wait_seconds: longest wait.
        stack: told about size, busy agents and queue.
        give_back: called with what puts an agent back after its chat; by default that is done at
            once.
        idle_seconds: how long an agent may have nothing to do before it is closed.
    """

    def __init__(
        self,
        max_size: int,
        queue_size: int,
        wait_seconds: float,
        stack: ObservabilityStack,
        *,
        give_back: Callable[[GiveBack], None] | None = None,
        idle_seconds: float = 300,
    ) -> None:
        self._max_size = max_size
        self._queue_size = queue_size
        self._wait_seconds = wait_seconds
        self._stack = stack
        self._give_back = give_back if give_back is not None else _at_once
        self._idle_seconds = idle_seconds
        #: Free slots by template and since when; who was free last is at the end and goes first.
        self._idle: dict[str, list[tuple[str, float]]] = {}
        self._numbers: dict[str, set[int]] = {}
        self._size = 0
        self._waiting = 0
        self._changed = threading.Condition()
        stack.metrics.set("agent_pool_max_size", max_size)
        stack.metrics.track("agent_pool_size", self._live)
        stack.metrics.track("agent_queue_length", lambda: self._waiting)
        for name in ("agent_active_count", "active_agents"):
            stack.metrics.track(name, lambda: self._size - sum(map(len, self._idle.values())))

    @contextmanager
    def agent(self, template_id: str, check: Callable[[], None] | None = None) -> Iterator[str]:
        """Hold an agent's slot, waiting for one if need be.

        Args:
            template_id: the kind of agent.
            check: called now and then while waiting; what it raises ends the wait.

        Raises:
            PoolFullError: there is none to be had.
        """
        slot = self._acquire(template_id, check)
        try:
            yield slot
        finally:
            self._give_back(lambda: self._release(template_id, slot))

    @property
    def is_busy(self) -> bool:
        """Whether somebody waits, or would have to."""
        with self._changed:
            idle = sum(map(len, self._idle.values()))
            return self._waiting > 0 or (not idle and self._size >= self._max_size)

    def _release(self, template_id: str, slot: str) -> None:
        with self._changed:
            self._idle.setdefault(template_id, []).append((slot, time.monotonic()))
            self._changed.notify()

    def _live(self) -> int:
        """Close who had nothing to do for long; return how many are left."""
        horizon = time.monotonic() - self._idle_seconds
        with self._changed:
            for template_id, idle in self._idle.items():
                while idle and idle[0][1] <= horizon:
                    self._close(template_id, idle.pop(0)[0])
            return self._size

    def _acquire(self, template_id: str, check: Callable[[], None] | None) -> str:
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
                    self._changed.wait(min(left, _LOOK_UP_SECONDS))
                    if check is not None:
                        check()
                    slot = self._take(template_id)
            finally:
                self._waiting -= 1
            return slot

    def _take(self, template_id: str) -> str | None:
        """Return an idle slot, a new one, or one that another template does not need."""
        idle = self._idle.get(template_id)
        if idle:
            return idle.pop()[0]
        if self._size >= self._max_size:
            other = next((name for name, slots in self._idle.items() if slots), None)
            if other is None:
                return None
            self._close(other, self._idle[other].pop(0)[0])
        return self._create(template_id)

    def _close(self, template_id: str, slot: str) -> None:
        self._numbers[template_id].discard(int(slot.rpartition("-")[2]))
        self._size -= 1

    def _create(self, template_id: str) -> str:
        started = time.perf_counter()
        taken = self._numbers.setdefault(template_id, set())
        number = next(each for each in range(1, self._max_size + 1) if each not in taken)
        taken.add(number)
        self._size += 1
        slot = f"{template_id}-{number}"
        self._stack.metrics.inc("agent_created_total")
        _log.info(
            "Agent created",
            extra={
                "event": "agent_created",
                "agent_id": slot,
                "template_id": template_id,
                "init_time": round(time.perf_counter() - started, 6),
            },
        )
        return slot


def _at_once(give_back: GiveBack) -> None:
    give_back()
