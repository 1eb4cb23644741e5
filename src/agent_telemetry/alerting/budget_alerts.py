"""Warnings of budgets as alerts: the same people are told."""

from collections.abc import Callable
from datetime import UTC, datetime

from agent_telemetry.alerting.engine import AlertRuleEngine
from agent_telemetry.alerting.rule import AlertRule, Breach
from agent_telemetry.budgets.budget import BudgetWarning, dollars
from agent_telemetry.ledger.window import DAY_SECONDS, HOUR_SECONDS, start_of

#: A run's budget has no calendar: its alert is over by then.
_RUN_SECONDS = 300.0
_DECEMBER = 12
_LABELS = {"tenant": "tenant_id", "agent": "template_id"}


def budget_alerts(
    engine: AlertRuleEngine, now: Callable[[], float]
) -> Callable[[BudgetWarning], None]:
    """Return what ``budgets.on_warning`` takes: each warning fires ``BudgetNearlySpent``.

    It is one alert for each budget and key, told again at each share, and over at the end of the
    budget's window.

    Args:
        engine: tells people.
        now: seconds since 1970.
    """
    rule = AlertRule(
        "BudgetNearlySpent", "warning", lambda _now: None, lambda _now: "", scope="budget"
    )

    def warned(warning: BudgetWarning) -> None:
        budget = warning.budget
        labels = {"budget": budget.name, "window": str(budget.window)}
        if budget.scope in _LABELS and warning.key:
            labels[_LABELS[budget.scope]] = warning.key
        # A user's id is in the log line of the warning; it does not leave by e-mail.
        whose = (
            f" of {budget.scope} {warning.key}" if warning.key and budget.scope != "user" else ""
        )
        text = (
            f"Budget {budget.name}{whose}: {warning.percent} % of {dollars(warning.limit_usd)} "
            f"reached ({dollars(warning.spent_usd)} in this {budget.window})"
        )
        share = warning.spent_usd / warning.limit_usd if warning.limit_usd else None
        engine.announce(rule, Breach(share, labels, text), _end_of(str(budget.window), now()))

    return warned


def _end_of(window: str, seconds: float) -> float:
    """Return when the window of now ends, in seconds since 1970."""
    if window == "hour":
        return start_of("hour", seconds) + HOUR_SECONDS
    if window == "day":
        return start_of("day", seconds) + DAY_SECONDS
    if window == "month":
        moment = datetime.fromtimestamp(seconds, UTC)
        year, month = moment.year, moment.month + 1
        if month > _DECEMBER:
            year, month = year + 1, 1
        return datetime(year, month, 1, tzinfo=UTC).timestamp()
    return seconds + _RUN_SECONDS
