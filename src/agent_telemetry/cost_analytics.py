"""The guides' small cost tools: an alert on a share of a budget, and running totals."""

import math
from decimal import Decimal
from typing import TypedDict

from agent_telemetry.prices.pricing import UNITS_PER_USD, usd
from agent_telemetry.workers.fork_safety import forkable_lock


class CostSummary(TypedDict):
    """Totals of the calls that were recorded.

    Attributes:
        total_cost: USD.
        total_tokens: prompt and completion tokens.
        avg_cost_per_call: USD, over the calls with a known cost; 0 without one.
    """

    total_cost: float
    total_tokens: int
    avg_cost_per_call: float


class BudgetAlert:
    """Tells when a share of a budget is spent.

    Args:
        budget_limit: USD; None or 0: there is no limit, and no alert.
        current_spend: USD spent so far.
        threshold_pct: share of the limit in percent from which on it alerts.
    """

    def __init__(
        self, budget_limit: float | None, current_spend: float, threshold_pct: float = 80
    ) -> None:
        self.budget_limit = budget_limit
        self.current_spend = current_spend
        self.threshold_pct = threshold_pct

    def check(self) -> str | None:
        """Return ``Budget alert: 83.0% of $100.00 spent``, None below the threshold."""
        if not self.budget_limit or self.budget_limit < 0:
            return None
        # Decimal, so that 80 of 100 are 80 %, whatever binary fractions say.
        percent = Decimal(str(self.current_spend)) * 100 / Decimal(str(self.budget_limit))
        if not percent >= Decimal(str(self.threshold_pct)):
            return None
        return f"Budget alert: {percent:.1f}% of ${self.budget_limit:.2f} spent"


class CostAnalytics:
    """Adds up calls; keeps sums only, so that memory stays the same. Thread-safe."""

    def __init__(self) -> None:
        self._lock = forkable_lock()
        self._units = 0
        self._tokens = 0
        self._priced_calls = 0

    def record_call(self, prompt_tokens: int, completion_tokens: int, cost: float | None) -> None:
        """Record one model call.

        Args:
            prompt_tokens: tokens of the prompt.
            completion_tokens: tokens of the answer.
            cost: USD; None (or what is no amount) when it is not known: never counted as 0.
        """
        known = cost is not None and math.isfinite(cost) and cost >= 0
        units = int(Decimal(str(cost)) * UNITS_PER_USD) if known else 0
        with self._lock:
            self._tokens += prompt_tokens + completion_tokens
            self._units += units
            self._priced_calls += known

    def summary(self) -> CostSummary:
        """Return the totals."""
        with self._lock:
            units, tokens, calls = self._units, self._tokens, self._priced_calls
        return {
            "total_cost": usd(units),
            "total_tokens": tokens,
            "avg_cost_per_call": usd(units) / calls if calls else 0.0,
        }
