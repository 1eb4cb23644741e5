"""Conditions about the caches."""

from prometheus.conditions.condition import Condition, condition
from prometheus.durations import TimeScale, seconds
from prometheus.recorded import cache as recorded
from prometheus.recorded.record import RATE_WINDOW
from prometheus.thresholds import Alert


@condition("LowCacheHitRate", "cache", "limit", "window", "least_lookups")
def _low_hit_rate(alert: Alert, scale: TimeScale) -> Condition:
    window = alert.settings["window"]
    lookups, ratio = recorded.LOOKUPS, recorded.HIT_RATIO
    if window != RATE_WINDOW:
        lookups = recorded.lookups(scale.window(window))
        ratio = recorded.hit_ratio(scale.window(window), lookups)
    # As a rate, so that it asks the same of the shorter window of a scaled run.
    least = round(alert.settings["least_lookups"] / seconds(window), 6)
    return Condition(
        f"{ratio} < {alert.settings['limit']}\nand {lookups} >= {least}", failures=False
    )
