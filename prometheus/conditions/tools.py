"""Conditions about tools."""

from prometheus.conditions.condition import Condition, condition
from prometheus.durations import TimeScale
from prometheus.recorded import tools as recorded
from prometheus.recorded.record import RATE_WINDOW
from prometheus.thresholds import Alert


@condition("APICallFailures", "tool", "limit", "window")
def _api_call_failures(alert: Alert, scale: TimeScale) -> Condition:
    failures = recorded.FAILURES
    if alert.settings["window"] != RATE_WINDOW:
        failures = recorded.failures(scale.window(alert.settings["window"]))
    return Condition(f"{failures} > {alert.settings['limit']}", ("tool_name",))
