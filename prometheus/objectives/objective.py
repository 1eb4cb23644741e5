"""One objective of the table in thresholds.yml."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from prometheus.bad_rule import BadRuleError
from prometheus.objectives.burn_pair import PAIRS

#: Objective → what its row must have.
FIELDS: dict[str, frozenset[str]] = {
    "availability": frozenset({"objective"}),
    "latency": frozenset({"objective", "bound"}),
    "first_token": frozenset({"objective", "bound"}),
    "tools": frozenset({"objective"}),
    "spend": frozenset({"budget"}),
}


@dataclass(frozen=True, slots=True)
class Objective:
    """What is promised over seven days.

    Attributes:
        name: `availability`, `latency`, `first_token`, `tools` or `spend`; the label `slo`.
        objective: share of events that are to be good, 0 to 1; 0 for `spend`.
        bound: seconds up to which an event is good, a bound of the histogram's buckets, or 0.
        budget: USD that may be spent in the period, or 0.
    """

    name: str
    objective: float = 0.0
    bound: float = 0.0
    budget: float = 0.0


def read(table: Mapping[str, Any]) -> tuple[Objective, ...]:
    """Return the objectives of the table.

    Raises:
        BadRuleError: naming the objective and the key that is wrong. An objective that is so low
            that one of its alerts could never fire is wrong too.
    """
    return tuple(_objective(name, row) for name, row in table.items())


def _objective(name: str, row: object) -> Objective:
    if name not in FIELDS:
        raise BadRuleError(f"objectives: {name} is not known; there are {', '.join(FIELDS)}")
    if not isinstance(row, Mapping) or row.keys() != FIELDS[name]:
        raise BadRuleError(f"objectives: {name}: takes {', '.join(sorted(FIELDS[name]))}")
    for key, value in row.items():
        if isinstance(value, bool) or not isinstance(value, int | float) or value <= 0:
            raise BadRuleError(f"objectives: {name}: `{key}` must be a number above 0")
    found = Objective(name, **row)
    if "objective" in row:
        _check_that_alerts_can_fire(found)
    return found


def _check_that_alerts_can_fire(objective: Objective) -> None:
    if objective.objective >= 1:
        raise BadRuleError(f"objectives: {objective.name}: `objective` must be below 1")
    fastest = max(pair.factor for pairs in PAIRS.values() for pair in pairs)
    if fastest * (1 - objective.objective) >= 1:
        raise BadRuleError(
            f"objectives: {objective.name}: `objective` must be above {1 - 1 / fastest:.4f}, or "
            f"more than every event would have to fail before its alert fires"
        )
