"""Calls of one kind, added up: how many, how many failed, how long, how much."""

import bisect
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

import orjson

#: Upper bounds in microseconds, 10 % apart from 0.1 ms to 25 minutes: a percentile is right to 5 %.
_BOUNDS = tuple(round(100 * 1.1**step) for step in range(174))
_MIDDLE = 1.1**0.5


@dataclass
class Totals:
    """Sums that add up, whatever they are of.

    Attributes:
        calls: how many.
        failed: those of them that failed.
        micros: their time in microseconds.
        units: their cost in units of 1e-12 USD, as far as the price is known.
        unpriced: calls whose price is not known.
        tokens_input: tokens sent.
        tokens_output: tokens received.
        times: calls by index of their time's bound.
    """

    calls: int = 0
    failed: int = 0
    micros: int = 0
    units: int = 0
    unpriced: int = 0
    tokens_input: int = 0
    tokens_output: int = 0
    times: Counter[int] = field(default_factory=Counter)

    def call(self, micros: int, *, failed: bool) -> None:
        """Add one call."""
        self.calls += 1
        self.failed += failed
        self.micros += micros
        self.times[bisect.bisect_left(_BOUNDS, micros)] += 1

    def usage(self, units: int | None, tokens_input: int, tokens_output: int) -> None:
        """Add what one call of a model cost; None is a price that is not known."""
        self.units += units or 0
        self.unpriced += units is None
        self.tokens_input += tokens_input
        self.tokens_output += tokens_output

    def merge(self, other: "Totals") -> None:
        """Add all of another."""
        self.calls += other.calls
        self.failed += other.failed
        self.micros += other.micros
        self.units += other.units
        self.unpriced += other.unpriced
        self.tokens_input += other.tokens_input
        self.tokens_output += other.tokens_output
        self.times.update(other.times)

    @property
    def error_rate(self) -> float:
        """Failed ones of all, 0 to 1."""
        return self.failed / self.calls if self.calls else 0.0

    @property
    def average(self) -> float | None:
        """Microseconds of one call, None without any."""
        return self.micros / self.calls if self.calls else None

    def percentile(self, percent: float) -> float | None:
        """Return the microseconds that a share of the calls stayed within, None without any."""
        wanted = percent / 100 * self.calls
        seen = 0
        for index in sorted(self.times):
            seen += self.times[index]
            if seen >= wanted:
                return _BOUNDS[min(index, len(_BOUNDS) - 1)] / _MIDDLE
        return None


def packed_times(times: Mapping[int, int]) -> str:
    """Return counts by index of their bound as text."""
    return orjson.dumps(times, option=orjson.OPT_NON_STR_KEYS).decode()


def unpacked_times(text: str) -> Counter[int]:
    """Return what ``packed_times`` made a text of."""
    return Counter({int(index): count for index, count in orjson.loads(text).items()})
