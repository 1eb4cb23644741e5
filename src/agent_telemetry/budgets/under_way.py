"""Model calls that a budget let through and that have not cost anything yet."""

from collections.abc import Callable, Hashable
from typing import TYPE_CHECKING
from weakref import WeakSet

from agent_telemetry.budgets.budget import Budget
from agent_telemetry.workers.fork_safety import forkable_lock

if TYPE_CHECKING:
    from agent_telemetry.operations.operation import Operation

#: Groups past which those are forgotten that have no call under way.
_MANY_GROUPS = 1000
#: Weight of the newest call in the expected cost of the next, as one part in so many.
_CALLS = 16

#: A budget's name and whose it is: calls that share a limit.
Group = tuple[str, Hashable]
#: Returns what all workers know to be spent, and what this one has spent beside it, in units.
Spent = Callable[[], tuple[int, int]]


class CallsUnderWay:
    """Counts what calls under way are going to cost against the limit before they end.

    A call that is thrown away without an end is forgotten.
    """

    def __init__(self) -> None:
        self._calls: dict[Group, WeakSet[Operation]] = {}
        self._expected: dict[str, int] = {}
        self.forked()

    def forked(self) -> None:
        """Begin with nothing: the calls are the parent's, whose threads may have held the lock."""
        self._lock = forkable_lock()
        self._calls = {}

    def admit(
        self, budget: Budget, group: Group, call: "Operation", spent: Spent, workers: int
    ) -> bool:
        """Let a call through when the budget covers what is under way, and take note of it then.

        Args:
            budget: has the limit.
            group: budget and key.
            call: not made yet.
            spent: tells what was spent.
            workers: processes that share the budget. Each is taken to have as much under way as
                this one, and as much spent that the others do not know of.
        """
        with self._lock:
            known, ours = spent()
            calls = self._calls.get(group)
            if calls:
                # ``duration_seconds`` is set by the end.
                for ended in [each for each in calls if each.duration_seconds]:
                    calls.discard(ended)
                ours += len(calls) * self._expected.get(group[0], 0)
            if known + ours * workers >= budget.limit_units:
                return False
            if calls is None:
                if len(self._calls) >= _MANY_GROUPS:
                    self._calls = {each: some for each, some in self._calls.items() if some}
                calls = self._calls.setdefault(group, WeakSet())
            calls.add(call)
            return True

    def booked(self, budget: Budget, group: Group, call: "Operation", units: int) -> None:
        """Take note of what a call cost: it is in what was spent from now on."""
        with self._lock:
            known = self._expected.get(budget.name, units)
            self._expected[budget.name] = known + (units - known) // _CALLS
            calls = self._calls.get(group)
            if calls is not None:
                calls.discard(call)
