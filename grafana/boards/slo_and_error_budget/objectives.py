"""PromQL about the objectives: what is left of their budgets, and how fast they are used."""

from grafana import promql
from grafana.alert_limits import THRESHOLDS
from prometheus.objectives.burn_pair import PAIRS, BurnPair
from prometheus.objectives.objective import Objective
from prometheus.thresholds import load

#: Objectives of the chosen services.
OF_OBJECTIVE = f'{promql.SERVICE}, slo=~"$slo"'
LEFT = f"service_slo:error_budget_remaining:ratio7d{{{OF_OBJECTIVE}}}"
#: Share of the budget below which somebody should ask why; no alert says so.
LITTLE = 0.25
#: What is promised, by name.
OBJECTIVES: dict[str, Objective] = {one.name: one for one in load(THRESHOLDS).objectives}
_ALL_PAIRS = tuple(pair for pairs in PAIRS.values() for pair in pairs)


def pair(long: str) -> BurnPair:
    """Return the pair of windows whose long one is given.

    Raises:
        StopIteration: if there is no such pair.
    """
    return next(one for one in _ALL_PAIRS if one.long == long)


def burn(window: str, selector: str = OF_OBJECTIVE) -> str:
    """Return how many times as fast as they may the budgets were used over a window."""
    return f"service_slo:error_budget_burn:ratio_rate{window}{{{selector}}}"


def burning(selector: str = OF_OBJECTIVE) -> str:
    """Return the objectives of which a pair of windows is above its factor, as the alerts ask."""
    pairs = (
        f"{burn(one.long, selector)} > {one.factor:g} and {burn(one.short, selector)} > "
        f"{one.factor:g}"
        for one in _ALL_PAIRS
    )
    return " or ".join(f"({one})" for one in pairs)


#: 0 where the promise is kept, 1 where the budget is used too fast, 2 where it is used up.
STATE = f"({LEFT} < 0) * 0 + 2 or ({burning()}) * 0 + 1 or {LEFT} * 0"
#: The pairs of windows, for a sentence.
WINDOWS = "over 1 h and 5 m, 6 h and 30 m, 1 d and 2 h, or 3 d and 6 h"
#: What each state is called.
STATES = {"0": ("KEPT", "green"), "1": ("BURNING", "yellow"), "2": ("BROKEN", "red")}
