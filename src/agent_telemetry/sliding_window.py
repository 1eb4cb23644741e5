"""Counts over the last five minutes, in bounded memory; those of several workers add up."""

from collections.abc import Collection, Iterable, Mapping, Sequence

from agent_telemetry.clock import Clock
from agent_telemetry.workers.fork_safety import forkable_lock

WINDOW_SECONDS = 300.0
_SLOT_SECONDS = 10.0
_SLOTS = int(WINDOW_SECONDS / _SLOT_SECONDS)
#: Most keys told apart; 100 000 hold about 15 MB.
MOST_DISTINCT = 100_000


class DistinctWindow:
    """Counts the distinct keys of the last five minutes, exactly up to a bound.

    A write takes constant time: the keys stand in the order of their last sight, so what has run
    out is at the front. At the bound the key that was silent longest gives way.

    Args:
        clock: where the time comes from.
        most: most keys held.
    """

    def __init__(self, clock: Clock, most: int = MOST_DISTINCT) -> None:
        self._clock = clock
        self._most = most
        self._last: dict[int, float] = {}
        self._lock = forkable_lock()

    def see(self, key: int) -> None:
        """Note that a key is there now."""
        now = self._clock.monotonic()
        with self._lock:
            self._last.pop(key, None)
            self._last[key] = now
            # Two for one that came in: what has run out never piles up.
            for _ in range(2):
                first = next(iter(self._last))
                if len(self._last) <= self._most and self._last[first] > now - WINDOW_SECONDS:
                    break
                del self._last[first]

    def count(self, others: Collection[Iterable[tuple[int, float]]] = ()) -> int:
        """Return how many keys were there in the window.

        Args:
            others: ``entries`` of other workers; a key that several have seen counts once.
        """
        mine = self.entries()
        if not others:
            return len(mine)
        horizon = self._clock.monotonic() - WINDOW_SECONDS
        found = {key for entries in (mine, *others) for key, last in entries if last > horizon}
        return len(found)

    def entries(self) -> list[tuple[int, float]]:
        """Return each key of the window and when it was seen last (monotonic seconds)."""
        horizon = self._clock.monotonic() - WINDOW_SECONDS
        with self._lock:
            while self._last and self._last[first := next(iter(self._last))] <= horizon:
                del self._last[first]
            return list(self._last.items())

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._last.clear()


class SumsWindow:
    """Adds up numbers by key over the last five minutes, in slots of ten seconds.

    The slot under way is one of the thirty, so a window is 290 to 300 seconds long. The caller
    bounds the keys.

    Args:
        clock: where the time comes from.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._rings: dict[str, list[_Slot]] = {}
        self._lock = forkable_lock()

    def knows(self, key: str) -> bool:
        """Return whether a key has been counted before."""
        return key in self._rings

    def add(self, key: str, first: float, second: float = 0.0) -> None:
        """Count one event and add its two numbers."""
        number = int(self._clock.monotonic() // _SLOT_SECONDS)
        with self._lock:
            ring = self._rings.get(key)
            if ring is None:
                ring = self._rings[key] = [_Slot() for _ in range(_SLOTS)]
            slot = ring[number % _SLOTS]
            if slot.number != number:
                slot.number, slot.count, slot.first, slot.second = number, 0, 0.0, 0.0
            slot.count += 1
            slot.first += first
            slot.second += second

    def totals(
        self, others: Iterable[Mapping[str, Iterable[Sequence[float]]]] = ()
    ) -> Mapping[str, tuple[int, float, float]]:
        """Return events, first and second sum by key; a key without events is left out.

        Args:
            others: ``entries`` of other workers.
        """
        oldest = self._oldest()
        found: dict[str, tuple[int, float, float]] = {}
        for entries in (self.entries(), *others):
            for key, slots in entries.items():
                for number, count, first, second in slots:
                    if number > oldest:
                        before = found.get(key, (0, 0.0, 0.0))
                        found[key] = (
                            before[0] + int(count),
                            before[1] + first,
                            before[2] + second,
                        )
        return found

    def entries(self) -> dict[str, list[tuple[int, int, float, float]]]:
        """Return the slots of the window by key: number, events, first and second sum."""
        oldest = self._oldest()
        with self._lock:
            slots = {
                key: [
                    (slot.number, slot.count, slot.first, slot.second)
                    for slot in ring
                    if slot.number > oldest and slot.count
                ]
                for key, ring in self._rings.items()
            }
        return {key: each for key, each in slots.items() if each}

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._rings.clear()

    def _oldest(self) -> int:
        return int(self._clock.monotonic() // _SLOT_SECONDS) - _SLOTS


class _Slot:
    """Ten seconds of one key."""

    __slots__ = ("count", "first", "number", "second")

    def __init__(self) -> None:
        self.number = -1
        self.count = 0
        self.first = 0.0
        self.second = 0.0
