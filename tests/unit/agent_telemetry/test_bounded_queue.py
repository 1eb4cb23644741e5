"""The bounded queue: put = delivered + held + dropped, whatever the backend does."""

import threading
from collections import Counter
from collections.abc import Sequence

import pytest

from agent_telemetry.bounded_queue import BoundedQueue, Delivery


class Backend:
    """A backend that can be away, refuse or hang."""

    def __init__(self) -> None:
        self.answer = Delivery.DONE
        self.got: list[int] = []
        self.drops: Counter[str] = Counter()
        self.results: Counter[Delivery] = Counter()
        self.gate = threading.Event()
        self.gate.set()
        self.asked = threading.Event()

    def __call__(self, batch: Sequence[int]) -> Delivery:
        self.asked.set()
        self.gate.wait(10)
        if self.answer is Delivery.DONE:
            self.got += batch
        return self.answer

    def queue(self, **options: object) -> BoundedQueue[int]:
        chosen = {
            "most_items": 100,
            "most_bytes": 10_000,
            "batch_items": 10,
            "linger_seconds": 0.01,
            "retry_seconds": (0.01, 0.05),
            **options,
        }
        return BoundedQueue(
            "test",
            self,
            on_drop=lambda reason, count: self.drops.update({reason: count}),
            on_result=lambda result, _count: self.results.update([result]),
            **chosen,
        )


@pytest.fixture
def backend() -> Backend:
    """A backend that takes everything."""
    return Backend()


def test_delivers_everything_in_order(backend: Backend) -> None:
    """Records arrive once each, in the order in which they were put."""
    queue = backend.queue()
    for number in range(95):
        queue.put(number, 10)
    assert queue.flush(5)
    assert backend.got == list(range(95))
    assert not backend.drops


def test_outage_holds_what_fits_and_counts_the_rest(backend: Backend) -> None:
    """While the backend is away the newest records are held, the oldest dropped and counted."""
    backend.answer = Delivery.AGAIN
    queue = backend.queue(most_items=50)
    for number in range(500):
        queue.put(number, 10)
    assert queue.depth == 50
    assert backend.drops["queue_full"] == 450
    backend.answer = Delivery.DONE
    assert queue.flush(5)
    assert len(backend.got) == 50
    assert backend.got[-1] == 499


def test_bytes_are_bounded_too(backend: Backend) -> None:
    """A queue with room for more records still refuses more bytes."""
    backend.answer = Delivery.AGAIN
    queue = backend.queue(most_bytes=1000)
    for number in range(30):
        queue.put(number, 100)
    assert queue.depth <= 10
    assert backend.drops["queue_full"] == 30 - queue.depth


def test_record_larger_than_the_queue_is_dropped(backend: Backend) -> None:
    """A record that can never fit is counted and nothing after it is lost."""
    queue = backend.queue(most_bytes=1000)
    queue.put(1, 5000)
    queue.put(2, 10)
    assert queue.flush(5)
    assert backend.got == [2]
    assert backend.drops["queue_full"] == 1


def test_refused_batch_does_not_block_the_next(backend: Backend) -> None:
    """A batch that the backend will never take is dropped, counted and left behind."""
    backend.answer = Delivery.REJECTED
    queue = backend.queue()
    queue.put(1, 10)
    assert queue.flush(5)
    backend.answer = Delivery.DONE
    queue.put(2, 10)
    assert queue.flush(5)
    assert backend.got == [2]
    assert backend.drops["rejected"] == 1


def test_close_gives_up_at_its_deadline(backend: Backend) -> None:
    """Closing while the backend hangs returns and counts what was not delivered."""
    backend.gate.clear()
    queue = backend.queue()
    for number in range(25):
        queue.put(number, 10)
    assert backend.asked.wait(5)
    queue.close(0.05)
    assert backend.drops["shutdown"] == 25
    assert queue.depth == 0
    backend.gate.set()


def test_close_does_not_wait_for_who_is_away(backend: Backend) -> None:
    """Closing while the backend is known to be away gives up at once, counting the rest."""
    backend.gate.clear()
    queue = backend.queue(is_away=lambda: True)
    queue.put(1, 10)
    assert backend.asked.wait(5)
    queue.close(3600)
    assert backend.drops["shutdown"] == 1
    backend.gate.set()


def test_close_delivers_what_it_can(backend: Backend) -> None:
    """Closing with a healthy backend delivers everything."""
    queue = backend.queue(linger_seconds=60)
    for number in range(5):
        queue.put(number, 10)
    queue.close(5)
    assert backend.got == list(range(5))
    queue.put(6, 10)
    assert backend.drops == {"shutdown": 1}


def test_exporter_that_raises_is_an_outage(backend: Backend) -> None:
    """An exporter's exception neither ends the worker nor loses the batch."""
    calls = []

    def deliver(batch: Sequence[int]) -> Delivery:
        calls.append(list(batch))
        if len(calls) == 1:
            raise RuntimeError("broken exporter")
        return backend(batch)

    queue: BoundedQueue[int] = BoundedQueue(
        "test",
        deliver,
        on_drop=lambda *_: None,
        on_result=lambda *_: None,
        most_items=10,
        most_bytes=1000,
        linger_seconds=0.01,
        retry_seconds=(0.01, 0.01),
    )
    queue.put(1, 10)
    assert queue.flush(5)
    assert backend.got == [1]


def test_many_threads_lose_nothing_uncounted(backend: Backend) -> None:
    """Put from many threads: delivered + held + dropped is exactly what was put."""
    queue = backend.queue(most_items=200)
    threads = [
        threading.Thread(target=lambda: [queue.put(n, 10) for n in range(500)]) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert queue.flush(5)
    assert len(backend.got) + backend.drops["queue_full"] == 4000
