"""Conditions about the path from a rule to a person."""

from prometheus.conditions.condition import Condition, condition
from prometheus.durations import TimeScale
from prometheus.thresholds import Alert


@condition("Watchdog", "pipeline", "service")
def _watchdog(alert: Alert, _scale: TimeScale) -> Condition:
    return Condition("vector(1)", service=alert.settings["service"], agent=False)
