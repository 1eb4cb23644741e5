"""The one queue between the host and everything slow: bounded, never blocking, counting."""

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from enum import Enum
from typing import Generic, TypeVar

from agent_telemetry.workers.fork_safety import call_in_child

T = TypeVar("T")


class Delivery(Enum):
    """What became of a batch."""

    DONE = "done"
    #: The backend is away: keep the batch and try again.
    AGAIN = "again"
    #: The backend will never take this batch: drop and count it.
    REJECTED = "rejected"


class BoundedQueue(Generic[T]):
    """Holds records until a worker thread has delivered them.

    A full queue drops its oldest record, as the latest ones tell what is going on now. At any
    time: records put = delivered + held + dropped.

    Args:
        name: used for the thread's name.
        deliver: takes a batch away; runs in the worker thread, may be slow, may raise. It returns
            one result for all, or one for each record.
        on_drop: called with a reason and a number for records given up.
        on_result: called with each delivery's result and its number of records.
        most_items: most records held, the batch on its way included.
        most_bytes: most bytes held, by the sizes given to ``put``.
        batch_items: most records of one delivery.
        batch_bytes: most bytes of one delivery of more than one record: backends refuse large
            ones as a whole.
        linger_seconds: longest wait for more records before a delivery.
        retry_seconds: first and longest pause after a failed delivery.
        is_away: whether the backend is known to be out of reach, so that closing need not wait.
    """

    def __init__(
        self,
        name: str,
        deliver: Callable[[Sequence[T]], Delivery | Sequence[Delivery]],
        *,
        on_drop: Callable[[str, int], None],
        on_result: Callable[[Delivery, int], None],
        most_items: int,
        most_bytes: int,
        batch_items: int = 512,
        batch_bytes: int = 2 * 1024 * 1024,
        linger_seconds: float = 1.0,
        retry_seconds: tuple[float, float] = (1.0, 30.0),
        is_away: Callable[[], bool] = lambda: False,
    ) -> None:
        self._name = name
        self._deliver = deliver
        self._on_drop = on_drop
        self._on_result = on_result
        self.capacity = most_items
        self._most_bytes = most_bytes
        self._batch_items = batch_items
        self._batch_bytes = batch_bytes
        self._linger = linger_seconds
        self._retry = retry_seconds
        self._is_away = is_away
        self._waiting: deque[tuple[T, int]] = deque()
        self._under_way: list[tuple[T, int]] = []
        self._bytes = 0
        self._wake = threading.Condition()
        self._worker: threading.Thread | None = None
        self._closing = False
        self._hurry = False
        call_in_child(self._after_fork)

    def resize(self, most_items: int, most_bytes: int) -> None:
        """Hold more from now on, or less once records have left."""
        with self._wake:
            self.capacity = most_items
            self._most_bytes = most_bytes

    @property
    def depth(self) -> int:
        """Records held, the batch on its way included."""
        return len(self._waiting) + len(self._under_way)

    def put(self, record: T, size: int) -> None:
        """Hold a record of about ``size`` bytes; never waits for a delivery, never raises."""
        dropped = 0
        with self._wake:
            if self._closing:
                reason, dropped = "shutdown", 1
            else:
                reason = "queue_full"
                dropped = self._make_room(size)
                if dropped >= 0:
                    self._waiting.append((record, size))
                    self._bytes += size
                else:
                    dropped = -dropped
                if self._worker is None:
                    self._start()
                if len(self._waiting) >= self._batch_items:
                    self._wake.notify()
        if dropped:
            self._on_drop(reason, dropped)

    def flush(self, seconds: float) -> bool:
        """Wait until everything held is delivered, for at most some seconds."""
        deadline = time.monotonic() + seconds
        with self._wake:
            self._hurry = True
            self._wake.notify_all()
            while self.depth and time.monotonic() < deadline:
                self._wake.wait(max(0.001, deadline - time.monotonic()))
            return not self.depth

    def close(self, seconds: float) -> None:
        """Deliver what can be delivered within some seconds, count the rest as dropped."""
        deadline = time.monotonic() + seconds
        with self._wake:
            already, self._closing = self._closing, True
            self._wake.notify_all()
            worker = self._worker
        while worker is not None and worker.is_alive():
            left = deadline - time.monotonic()
            if left <= 0 or self._is_away():
                break
            worker.join(min(left, 0.05))
        with self._wake:
            lost = self.depth
            self._waiting.clear()
            self._under_way = []
            self._bytes = 0
        if lost and not already:
            self._on_drop("shutdown", lost)

    def _make_room(self, size: int) -> int:
        """Drop the oldest until a record fits; return how many, -(n+1) when it cannot fit."""
        dropped = 0
        while self.depth >= self.capacity or self._bytes + size > self._most_bytes:
            if not self._waiting:
                return -(dropped + 1)
            self._bytes -= self._waiting.popleft()[1]
            dropped += 1
        return dropped

    def _start(self) -> None:
        self._worker = threading.Thread(
            target=self._run, name=f"agent_telemetry-{self._name}", daemon=True
        )
        self._worker.start()

    def _after_fork(self) -> None:
        # The child has neither the worker nor a right to the parent's records.
        self._wake = threading.Condition()
        self._waiting.clear()
        self._under_way = []
        self._bytes = 0
        self._worker = None

    def _run(self) -> None:
        pause = self._retry[0]
        while True:
            batch = self._take()
            if not batch:
                return
            try:
                result = self._deliver([record for record, _ in batch])
            except Exception:  # noqa: BLE001 -- a broken exporter must not end the worker
                result = Delivery.AGAIN
            results = [result] * len(batch) if isinstance(result, Delivery) else list(result)
            if not self._settle(batch, results):
                return
            if Delivery.AGAIN in results:
                with self._wake:
                    if self._closing:
                        return
                    self._wake.wait_for(lambda: self._closing or self._hurry, pause)
                    self._hurry = False  # one flush earns one early try, not a storm of them
                pause = min(pause * 2, self._retry[1])
            else:
                pause = self._retry[0]

    def _take(self) -> list[tuple[T, int]]:
        """Wait for a batch; an empty one means that the queue is closed and drained."""
        with self._wake:
            until = time.monotonic() + self._linger
            while len(self._waiting) < self._batch_items and not self._closing:
                left = until - time.monotonic()
                if self._waiting and (self._hurry or left <= 0):
                    break
                self._hurry = False
                self._wake.wait(left if left > 0 else self._linger)
            self._hurry = False
            self._under_way = self._next_batch()
            return self._under_way

    def _next_batch(self) -> list[tuple[T, int]]:
        batch: list[tuple[T, int]] = []
        size = 0
        while self._waiting and len(batch) < self._batch_items:
            size += self._waiting[0][1]
            if batch and size > self._batch_bytes:
                break
            batch.append(self._waiting.popleft())
        return batch

    def _settle(self, batch: list[tuple[T, int]], results: list[Delivery]) -> bool:
        """Book a delivery; False when ``close`` has given up on it in the meantime."""
        again = [
            each for each, result in zip(batch, results, strict=True) if result is Delivery.AGAIN
        ]
        with self._wake:
            if self._under_way is not batch:
                return False
            self._under_way = []
            self._waiting.extendleft(reversed(again))
            self._bytes -= sum(size for _, size in batch) - sum(size for _, size in again)
            self._wake.notify_all()
        for result in dict.fromkeys(results):
            self._on_result(result, results.count(result))
        rejected = results.count(Delivery.REJECTED)
        if rejected:
            self._on_drop("rejected", rejected)
        return True
