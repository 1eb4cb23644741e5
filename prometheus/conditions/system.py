"""Conditions about the machine, or the container, that an agent runs in."""

from prometheus.conditions.condition import Condition, condition
from prometheus.durations import TimeScale
from prometheus.recorded.record import GAP
from prometheus.thresholds import Alert


@condition("HighMemoryUsage", "system", "limit")
def _memory_of_the_system(alert: Alert, scale: TimeScale) -> Condition:
    return _percent(alert, f"last_over_time(system_memory_usage_percent[{scale.window(GAP)}])")


@condition("HighCPUUsage", "system", "limit")
def _cpu(alert: Alert, scale: TimeScale) -> Condition:
    # The average: the gauge tells the time since the last scrape, and one idle moment of ten
    # seconds would start `for` anew.
    return _percent(alert, f"avg_over_time(system_cpu_usage_percent[{scale.window(GAP)}])")


def _percent(alert: Alert, gauge: str) -> Condition:
    limit = alert.settings["limit"]
    return Condition(f"max by (service, instance) ({gauge}) > {limit}", failures=False)
