"""Knowing that code runs inside a garbage collection."""

import gc
import threading

from agent_telemetry.garbage_collection import heed_collections, is_collecting


class Ring:
    """Is only freed by a collection."""

    def __init__(self, found: list[bool]) -> None:
        self.itself = self
        self.found = found

    def __del__(self) -> None:
        self.found.append(is_collecting())
        other = threading.Thread(target=lambda: self.found.append(is_collecting()))
        other.start()
        other.join()


def test_only_the_collecting_thread_is_inside() -> None:
    """A finalizer of a collection is inside; another thread, and plain code, is not."""
    heed_collections()
    heed_collections()
    found: list[bool] = []
    Ring(found)
    gc.collect()
    assert found == [True, False]
    assert not is_collecting()
    assert [each.__name__ for each in gc.callbacks].count("_note") == 1
