"""Conditions about right and allowed answers; a preset of a business that needs them has them."""

from prometheus.conditions.condition import Condition, condition
from prometheus.durations import TimeScale
from prometheus.recorded.record import GAP
from prometheus.thresholds import Alert


@condition("DataAccuracyLow", "benchmark", "limit")
def _wrong_answers(alert: Alert, scale: TimeScale) -> Condition:
    ratio = f"last_over_time(agent_data_accuracy_ratio[{scale.window(GAP)}])"
    return Condition(
        f"min by (service, benchmark) ({ratio}) < {alert.settings['limit']}", failures=False
    )


@condition("SensitiveWordsBlocked", "compliance", "limit", "window")
def _many_blocked(alert: Alert, scale: TimeScale) -> Condition:
    window = scale.window(alert.settings["window"])
    hits = f'increase(agent_sensitive_word_hits_total{{action="block"}}[{window}])'
    return Condition(f"sum by (service, category) ({hits}) > {alert.settings['limit']}")
