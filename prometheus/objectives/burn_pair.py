"""The pairs of windows over which the use of an error budget is judged.

An alert fires when the budget is used too fast over a long window, so that it matters, and over a
short one, so that it is still going on. Source: Google, "The Site Reliability Workbook", chapter 5,
whose pairs are for 30 days; the shares below are those of Sloth's windows for 7 days.
"""

from dataclasses import dataclass

from prometheus.durations import seconds

#: What an error budget is for. Prometheus must keep at least as much.
PERIOD = "7d"


@dataclass(frozen=True, slots=True)
class BurnPair:
    """A long window with its short one.

    Attributes:
        long: the window that says whether it matters.
        short: the window that says whether it still goes on.
        share: share of the period's whole budget that is gone when this pair fires.
    """

    long: str
    short: str
    share: float

    @property
    def factor(self) -> float:
        """Return how many times as fast as it may the budget is used when this pair fires."""
        return round(self.share * seconds(PERIOD) / seconds(self.long), 4)


#: Scope of an alert → the pairs of which one is enough. `fast` pages, `slow` is for the next day.
PAIRS: dict[str, tuple[BurnPair, ...]] = {
    "fast": (BurnPair("1h", "5m", 0.08), BurnPair("6h", "30m", 0.125)),
    "slow": (BurnPair("1d", "2h", 0.20), BurnPair("3d", "6h", 0.42)),
}
