"""The budgets of one service: asked before each model call, told of each cost."""

import time
from collections.abc import Callable, Iterable
from functools import partial
from typing import TYPE_CHECKING, Any

from agent_telemetry.budgets.budget import PERCENTS, Budget, BudgetExceeded
from agent_telemetry.budgets.runs import BudgetRuns, reached, run_of
from agent_telemetry.budgets.under_way import CallsUnderWay, Group
from agent_telemetry.budgets.warnings import BudgetWarnings, OnWarning
from agent_telemetry.correlation import RequestContext, get_request_context
from agent_telemetry.exceptions import ConfigurationError
from agent_telemetry.guard import Guard
from agent_telemetry.ledger.ledger import Ledger
from agent_telemetry.ledger.pending import ALL, Key
from agent_telemetry.ledger.store import LedgerStore
from agent_telemetry.ledger.window import start_of
from agent_telemetry.metrics.label_bounds import OTHER
from agent_telemetry.metrics.metrics import Metrics
from agent_telemetry.prices.pricing import usd

if TYPE_CHECKING:
    from agent_telemetry.operations.operation import Operation

_MOST_BUDGETS = 100
_MOST_MARKS = 10_000
#: Longest wait for the database, the first time that a key's budget is asked for.
_WAIT_SECONDS = 0.05
#: Longest wait of a scrape.
_SCRAPE_SECONDS = 0.25


class Budgets:
    """Refuses, warns and shows.

    A call's cost is known after it. Until then each call under way counts as what the last calls of
    that budget cost, as many times as there are workers: as far as these have about as much to do,
    a limit is passed by one call per worker at most, and by what calls cost more than the last
    ones. A worker with no call under way may make one until the limit is reached. Calls without a
    known price cost nothing here.

    Args:
        ledger: knows what was spent.
        metrics: shows limits, spending, warnings and refusals.
        guard: takes the faults.

    Attributes:
        checks: whether any budget may refuse a call; nothing else is looked at when it is False.
    """

    def __init__(self, ledger: Ledger, metrics: Metrics, guard: Guard) -> None:
        self._ledger = ledger
        self._metrics = metrics
        self._guard = guard
        self._all: dict[str, Budget] = {}
        self._blocking: tuple[Budget, ...] = ()
        self._of_runs: tuple[Budget, ...] = ()
        self._of_time: tuple[Budget, ...] = ()
        self._runs = BudgetRuns()
        self._under_way = CallsUnderWay()
        #: Calls that share a limit which was near → start of the window in which it was.
        self._near: dict[Group, int] = {}
        self._dearest: dict[str, tuple[int, int]] = {}
        self._marks: set[tuple[str, int, Key, int]] = set()
        self._warnings = BudgetWarnings(metrics, guard)
        self.checks = False
        ledger.watch(self)
        metrics.scrape("agent_budget_limit_usd", self._limits)
        metrics.scrape("agent_budget_spent_usd", self._spent)

    def add(self, budget: Budget) -> Budget:
        """Put a budget in force and return it.

        Raises:
            ConfigurationError: there is one of that name, or there are too many.
        """
        if budget.name in self._all:
            raise ConfigurationError("budget name", budget.name, "a name that no other has")
        if len(self._all) >= _MOST_BUDGETS:
            raise ConfigurationError("budget", budget.name, f"at most {_MOST_BUDGETS} budgets")
        self._all[budget.name] = budget
        everything = tuple(self._all.values())
        self._of_runs = tuple(each for each in everything if each.window == "run")
        self._of_time = tuple(each for each in everything if each.window != "run")
        self._blocking = tuple(each for each in everything if each.mode == "block")
        self.checks = bool(self._blocking)
        self._metrics.family("agent_budget_blocked_total").child(budget.name, budget.window)
        self._metrics.family("agent_budget_warnings_total").child(budget.name, budget.window, "50")
        return budget

    def on_warning(self, callback: OnWarning) -> None:
        """Have something called with each warning, in order, in a thread of its own.

        One that raises is counted; while one hangs, at most 256 warnings wait for it.
        """
        self._warnings.tell(callback)

    def flush(self, seconds: float) -> bool:
        """Wait until the callbacks know of every warning, for at most some seconds."""
        return self._warnings.flush(seconds)

    def close(self, seconds: float) -> None:
        """Give the callbacks some seconds to take what waits for them."""
        self._warnings.close(seconds)

    def refusal(self, call: "Operation") -> BudgetExceeded | None:
        """Return why a model call must not be made, None when it may.

        Args:
            call: the call, begun but not made yet.
        """
        try:
            context = get_request_context()
            for budget in self._blocking:
                key = budget.key_of(context)
                if key is None:
                    continue
                if not self._covers(budget, key, call):
                    self._metrics.family("agent_budget_blocked_total").child(
                        budget.name, budget.window
                    ).inc()
                    return BudgetExceeded(budget, key[1], sum(self._spent_by(budget, key, call)))
        except Exception as error:  # noqa: BLE001 -- telemetry never raises into its host
            self._guard.fault("budget", error)
        return None

    def booked(self, call: "Operation", context: RequestContext, units: int) -> None:
        """Book the cost of a model call.

        Args:
            call: the call.
            context: whose it was.
            units: its cost in units of 1e-12 USD.
        """
        self._ledger.spend(
            units,
            model=call.name,
            tenant_id=context.tenant_id,
            user_id=context.user_id,
            agent_id=context.agent_id,
            template_id=context.template_id,
        )
        for budget in self._blocking:
            key = budget.key_of(context)
            if key is not None:
                group = _group(budget, key, call)
                self._under_way.booked(budget, group, call, units)
                if group in self._near and self._near[group] == self._start_of(budget):
                    self._ledger.hurry()
        if not self._of_runs:
            return
        found = {each.name: each.key_of(context) for each in self._of_runs}
        covering = [each for each in self._of_runs if found[each.name] is not None]
        for budget, percent, spent in self._runs.spend(call, units, covering):
            if budget.mode != "observe":
                self._warnings.give(budget, found[budget.name] or ALL, percent, spent)

    def written(
        self, store: LedgerStore, touched: Iterable[tuple[int, Key]]
    ) -> list[Callable[[], None]]:
        """Find what has reached a share of its limit, once for all workers; say so afterwards."""
        if not self._of_time:
            return []
        found: list[Callable[[], None]] = []
        asked = list(touched)
        for budget in self._of_time:
            if budget.mode == "observe":
                continue
            window = budget.calendar
            grown = {(start_of(window, hour), key) for hour, key in asked if budget.covers(key)}
            for start, key in grown:
                found += self._crossed(store, budget, start, key)
        return found

    def refreshed(self, store: LedgerStore, now: float) -> None:
        """Read the dearest key of each budget that every key has."""
        for budget in self._of_time:
            if budget.only_key is None:
                window = budget.calendar
                start = start_of(window, now)
                dearest = store.dearest(window, start, budget.dimension)
                self._dearest[budget.name] = (start, dearest)

    def forked(self) -> None:
        """Make new locks."""
        self._runs.forked()
        self._under_way.forked()

    def report(self) -> list[dict[str, Any]]:
        """Return every budget with its limit and what the dearest of its keys has spent."""
        spent = self._spent()
        return [
            {
                "name": each.name,
                "scope": each.scope,
                "key": each.key,
                "window": each.window,
                "mode": each.mode,
                "limit_usd": usd(each.limit_units),
                "spent_usd": spent.get((each.name, str(each.window)), 0.0),
            }
            for each in self._all.values()
        ]

    def _crossed(
        self, store: LedgerStore, budget: Budget, start: int, key: Key
    ) -> list[Callable[[], None]]:
        if (budget.name, start, key, PERCENTS[-1]) in self._marks:
            return []
        units = store.units(budget.calendar, start, key)
        found: list[Callable[[], None]] = []
        for percent in PERCENTS:
            mark = (budget.name, start, key, percent)
            if not reached(units, budget, percent) or mark in self._marks:
                continue
            first = store.first_warning(budget.name, start, key, percent)
            found.append(self._marker(mark, budget, units, first=first))
        return found

    def _marker(
        self, mark: tuple[str, int, Key, int], budget: Budget, units: int, *, first: bool
    ) -> Callable[[], None]:
        def marker() -> None:
            if len(self._marks) >= _MOST_MARKS:
                self._marks.clear()
            self._marks.add(mark)
            if first:
                self._warnings.give(budget, mark[2], mark[3], units)

        return marker

    def _covers(self, budget: Budget, key: Key, call: "Operation") -> bool:
        group = _group(budget, key, call)
        if budget.window == "run":
            return self._under_way.admit(
                budget, group, call, lambda: self._spent_by(budget, key, call), 1
            )
        spent = partial(self._spent_by, budget, key, call)
        if sum(spent()) >= budget.limit_units:
            return False
        if self._under_way.admit(budget, group, call, spent, self._ledger.workers):
            return True
        # Near the limit it counts what the others have written a moment ago, and what they read.
        if len(self._near) >= _MOST_MARKS:
            self._near.clear()
        self._near[group] = self._start_of(budget)
        self._ledger.balance(budget.calendar, key, wait=_WAIT_SECONDS, fresh=True)
        return self._under_way.admit(budget, group, call, spent, self._ledger.workers)

    def _spent_by(self, budget: Budget, key: Key, call: "Operation") -> tuple[int, int]:
        """Return what all workers know to be spent, and what this one has spent beside it."""
        if budget.window == "run":
            return self._runs.spent(call), 0
        spent = self._ledger.balance(budget.calendar, key, wait=_WAIT_SECONDS)
        waiting = min(self._ledger.waiting(key, self._start_of(budget)), spent)
        return spent - waiting, waiting

    def _start_of(self, budget: Budget) -> int:
        return start_of(budget.calendar, self._ledger.now)

    def _limits(self) -> dict[tuple[str, ...], float]:
        return {(each.name, str(each.window)): usd(each.limit_units) for each in self._all.values()}

    def _spent(self) -> dict[tuple[str, ...], float]:
        found: dict[tuple[str, ...], float] = {}
        if self._of_time:
            self._ledger.refresh()
        deadline = time.monotonic() + _SCRAPE_SECONDS
        for budget in self._all.values():
            left = deadline - time.monotonic()
            units = self._most_spent(budget, min(max(0.0, left), _WAIT_SECONDS))
            if units is not None:
                found[budget.name, str(budget.window)] = usd(units)
        return found

    def _most_spent(self, budget: Budget, wait: float) -> int | None:
        if budget.window == "run":
            return self._runs.dearest(budget)
        window = budget.calendar
        if budget.only_key is not None:
            return self._ledger.balance(window, budget.only_key, wait=wait)
        start = start_of(window, self._ledger.now)
        read_at, dearest = self._dearest.get(budget.name, (start, 0))
        waiting = self._ledger.waiting_for(budget.dimension, start)
        waiting.pop(OTHER, None)
        return max([dearest if read_at == start else 0, *waiting.values()])


def _group(budget: Budget, key: Key, call: "Operation") -> Group:
    """Return what the calls have in common that share a limit with this one."""
    return (budget.name, id(run_of(call)) if budget.window == "run" else key)
