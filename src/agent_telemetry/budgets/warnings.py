"""Warnings of budgets: counted, logged, and told to the host's callbacks beside its own work."""

import logging
from collections.abc import Callable, Sequence
from typing import Any

from agent_telemetry.bounded_queue import BoundedQueue, Delivery
from agent_telemetry.budgets.budget import Budget, BudgetWarning, dollars
from agent_telemetry.guard import Guard
from agent_telemetry.ledger.pending import Key
from agent_telemetry.metrics.metrics import Metrics
from agent_telemetry.prices.pricing import usd

_log = logging.getLogger("agent_telemetry.budgets.budget")

_FIELD_OF = {"tenant": "tenant_id", "user": "user_id", "agent": "template_id"}
_MOST_WAITING = 256

OnWarning = Callable[[BudgetWarning], object]


class BudgetWarnings:
    """Gives each warning to the metrics, the log and the callbacks.

    Args:
        metrics: counts them, and those that a callback was too slow for.
        guard: takes the faults of callbacks.
    """

    def __init__(self, metrics: Metrics, guard: Guard) -> None:
        self._metrics = metrics
        self._guard = guard
        self._callbacks: list[OnWarning] = []
        # A callback is the host's code: it may hang, and the one who spends must not wait for it.
        self._queue: BoundedQueue[BudgetWarning] = BoundedQueue(
            "budget_warnings",
            self._deliver,
            on_drop=lambda reason, count: metrics.inc(
                "telemetry_dropped_total", count, signal="budget_warnings", reason=reason
            ),
            on_result=lambda result, count: None,  # noqa: ARG005 -- every delivery is done
            most_items=_MOST_WAITING,
            most_bytes=_MOST_WAITING,
            batch_items=1,
        )

    def tell(self, callback: OnWarning) -> None:
        """Have a callback told of each warning from now on."""
        self._callbacks = [*self._callbacks, callback]

    def give(self, budget: Budget, key: Key, percent: int, spent: int) -> None:
        """Give a warning.

        Args:
            budget: whose limit it is about.
            key: who has spent.
            percent: the share that is reached.
            spent: how much, in units of 1e-12 USD.
        """
        self._metrics.family("agent_budget_warnings_total").child(
            budget.name, budget.window, str(percent)
        ).inc()
        limit = usd(budget.limit_units)
        fields: dict[str, Any] = {
            "event": "budget_warning",
            "budget": budget.name,
            "scope": budget.scope,
            "window": budget.window,
            "percent": percent,
            "spent_usd": usd(spent),
            "limit_usd": limit,
        }
        if budget.scope in _FIELD_OF:
            fields[_FIELD_OF[budget.scope]] = key[1]
        whose = f" of {budget.scope} {key[1]}" if key[1] else ""
        _log.warning(
            "Budget %s%s: %d %% of %s reached (%s in this %s)",
            budget.name,
            whose,
            percent,
            dollars(limit),
            dollars(usd(spent)),
            budget.window,
            extra=fields,
        )
        if self._callbacks:
            self._queue.put(BudgetWarning(budget, key[1], percent, usd(spent), limit), 1)

    def flush(self, seconds: float) -> bool:
        """Wait until the callbacks know of every warning, for at most some seconds."""
        return self._queue.flush(seconds)

    def close(self, seconds: float) -> None:
        """Give the callbacks some seconds; what they do not take is counted as dropped."""
        self._queue.close(seconds)

    def _deliver(self, warnings: Sequence[BudgetWarning]) -> Delivery:
        for warning in warnings:
            for callback in self._callbacks:
                try:
                    callback(warning)
                except Exception as error:  # noqa: BLE001 -- a callback is the host's code
                    self._failed(error)
        return Delivery.DONE

    def _failed(self, error: Exception) -> None:
        try:
            self._guard.fault("budget.on_warning", error)
        except Exception:  # noqa: BLE001 -- in strict mode; there is nobody above this thread
            return
