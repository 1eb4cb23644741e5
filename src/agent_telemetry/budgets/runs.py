"""Budgets of single runs: what each run under way has spent."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from agent_telemetry.budgets.budget import PERCENTS, Budget
from agent_telemetry.workers.fork_safety import forkable_lock

if TYPE_CHECKING:
    from agent_telemetry.operations.operation import Operation
    from agent_telemetry.operations.sums import OperationSums


@dataclass(slots=True)
class RunSpending:
    """One run.

    Attributes:
        units: what its model calls cost, in units of 1e-12 USD.
        warned: name of a budget → the highest share, in percent, that was warned of.
        budgets: names of the budgets that cover it.
    """

    units: int = 0
    warned: dict[str, int] = field(default_factory=dict)
    budgets: set[str] = field(default_factory=set)


class BudgetRuns:
    """What the runs of this process have spent; a run that is gone is forgotten."""

    def __init__(self) -> None:
        self._runs: WeakKeyDictionary[OperationSums, RunSpending] = WeakKeyDictionary()
        self.forked()

    def forked(self) -> None:
        """Make a new lock: somebody may have held it when this process was forked off."""
        self._lock = forkable_lock()

    def spent(self, call: "Operation") -> int:
        """Return what the run around a call has spent, in units."""
        with self._lock:
            found = self._runs.get(run_of(call))
            return found.units if found is not None else 0

    def spend(
        self, call: "Operation", units: int, budgets: list[Budget]
    ) -> list[tuple[Budget, int, int]]:
        """Add the cost of a call to its run.

        Args:
            call: the model call.
            units: its cost.
            budgets: those that cover the run.

        Returns:
            The warnings to give: budget, percent, and units spent.
        """
        with self._lock:
            run = self._runs.setdefault(run_of(call), RunSpending())
            run.units += units
            found = []
            for budget in budgets:
                run.budgets.add(budget.name)
                before = run.warned.get(budget.name, 0)
                for percent in PERCENTS:
                    if percent > before and reached(run.units, budget, percent):
                        run.warned[budget.name] = percent
                        found.append((budget, percent, run.units))
            return found

    def dearest(self, budget: Budget) -> int | None:
        """Return what the dearest run under way has spent; None when there is none."""
        with self._lock:
            return max(
                (
                    spending.units
                    for run, spending in self._runs.items()
                    if budget.name in spending.budgets and not getattr(run, "duration_seconds", 0)
                ),
                default=None,
            )


def run_of(call: "Operation") -> "OperationSums":
    """Return the run that a call belongs to: the outermost agent, else the outermost operation."""
    found: OperationSums = call
    above: Operation | None = call
    outermost: Operation = call
    while above is not None:
        outermost = above
        if above.kind.kind == "agent":
            found = above
        above = above.parent
    return found if found is not call else outermost


def reached(units: int, budget: Budget, percent: int) -> bool:
    """Whether a share of a budget's limit is spent."""
    return units * 100 >= budget.limit_units * percent
