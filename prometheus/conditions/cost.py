"""Conditions about money."""

from prometheus.conditions.condition import Condition, condition
from prometheus.durations import TimeScale
from prometheus.recorded import cost as recorded
from prometheus.recorded.record import DAY, HOUR
from prometheus.thresholds import Alert


@condition("HighAPICost", "cost", "limit", "window")
def _high_api_cost(alert: Alert, scale: TimeScale) -> Condition:
    return _spent(alert, scale, {HOUR: recorded.COST})


@condition("DailyCostExceeded", "cost", "limit", "window")
def _daily_cost(alert: Alert, scale: TimeScale) -> Condition:
    return _spent(alert, scale, {DAY: recorded.COST_OF_DAY})


def _spent(alert: Alert, scale: TimeScale, recorded_over: dict[str, str]) -> Condition:
    window = alert.settings["window"]
    spent = recorded_over.get(window) or recorded.spent(scale.window(window))
    return Condition(f"{spent} > {alert.settings['limit']}", failures=False)


@condition("CostTrend", "cost", "factor", "floor")
def _dearer_than_usual(alert: Alert, _scale: TimeScale) -> Condition:
    return Condition(
        f"{recorded.COST} > {alert.settings['factor']} * {recorded.COST_BEFORE}\n"
        f"and {recorded.COST} > {alert.settings['floor']}",
        failures=False,
    )
