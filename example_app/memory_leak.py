"""Memory that is taken and not given back, up to a bound: the fault ``memory_growth``."""

import mmap
import threading

import psutil

_MEGABYTE = 10**6
#: What the machine keeps for everybody else, whatever the fault was asked for.
_LEFT_FREE = 256 * _MEGABYTE


class MemoryLeak:
    """Takes memory piece by piece while it is open; gives all of it back when it closes."""

    def __init__(self) -> None:
        self._blocks: list[mmap.mmap] = []
        self._most_bytes = 0
        self._lock = threading.Lock()

    @property
    def megabytes(self) -> float:
        """Return how much is held."""
        return sum(len(block) for block in self._blocks) / _MEGABYTE

    def open(self, most_megabytes: float) -> None:
        """Allow it to grow up to a bound."""
        with self._lock:
            self._most_bytes = int(most_megabytes * _MEGABYTE)

    def grow(self, megabytes: float) -> None:
        """Take more, unless the bound is reached or the machine itself runs short."""
        size = int(megabytes * _MEGABYTE)
        with self._lock:
            held = sum(len(block) for block in self._blocks)
            room = min(self._most_bytes - held, psutil.virtual_memory().available - _LEFT_FREE)
            if 0 < size <= room:
                self._blocks.append(_resident(size))

    def close(self) -> None:
        """Give everything back to the system, and take nothing any more."""
        with self._lock:
            self._most_bytes = 0
            for block in self._blocks:
                block.close()
            self._blocks.clear()


def _resident(size: int) -> mmap.mmap:
    """Return memory whose every page has been written to, so that the system really gave it.

    A mapping of its own, because the interpreter's allocator need not return what is freed.
    """
    block = mmap.mmap(-1, size, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    block[:: mmap.PAGESIZE] = b"\x01" * len(range(0, size, mmap.PAGESIZE))
    return block
