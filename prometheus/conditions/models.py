"""Conditions about calls of models."""

from prometheus.conditions.condition import Condition, condition
from prometheus.durations import TimeScale
from prometheus.recorded import models as recorded
from prometheus.recorded.record import HOUR
from prometheus.thresholds import Alert


@condition("HighTokenUsage", "model", "limit", "window")
def _many_tokens(alert: Alert, scale: TimeScale) -> Condition:
    tokens = recorded.TOKENS
    if alert.settings["window"] != HOUR:
        tokens = recorded.tokens(scale.window(alert.settings["window"]))
    return Condition(f"{tokens} > {alert.settings['limit']}", ("model",), failures=False)
