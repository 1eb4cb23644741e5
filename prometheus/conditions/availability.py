"""Conditions about whether the agent is there."""

from prometheus.conditions.condition import Condition, condition
from prometheus.durations import TimeScale
from prometheus.thresholds import Alert


@condition("AgentDown", "agent", "job")
def _agent_down(alert: Alert, _scale: TimeScale) -> Condition:
    job = alert.settings["job"]
    # A target that vanished has no `up` at all; absent() keeps the labels it is asked for.
    return Condition(
        f'sum by (service, instance) (up{{job="{job}"}}) == 0\n'
        f'or\nsum by (service) (absent(up{{job="{job}", service="{job}"}}))'
    )
