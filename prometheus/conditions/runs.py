"""Conditions about the runs of agents: loops, and chats that wait for an agent."""

from prometheus.conditions.condition import Condition, condition
from prometheus.durations import TimeScale
from prometheus.thresholds import Alert


@condition("ToolLoop", "agent", "limit", "window")
def _tool_loop(alert: Alert, scale: TimeScale) -> Condition:
    window = scale.window(alert.settings["window"])
    runs = f"sum by (service, template_id) (increase(agent_loop_suspected_total[{window}]))"
    return Condition(f"{runs} > {alert.settings['limit']}", ("template_id",))


@condition("QueueGrowing", "agent", "limit", "window")
def _queue_growing(alert: Alert, scale: TimeScale) -> Condition:
    window = scale.window(alert.settings["window"])
    # The shortest that it was: a queue that drains in between is short at some time.
    waiting = f"sum by (service) (min_over_time(agent_queue_length[{window}]))"
    return Condition(f"{waiting} > {alert.settings['limit']}")


@condition("NoTraffic", "request", "fewest", "window", "before_window")
def _no_traffic(alert: Alert, scale: TimeScale) -> Condition:
    now = scale.window(alert.settings["window"])
    before = scale.window(alert.settings["before_window"])
    # The earlier count is the value, so that the text can say what was usual.
    return Condition(
        f"sum by (service) (increase(agent_requests_total[{before}] offset {now})) "
        f">= {alert.settings['fewest']}\n"
        f"and\nsum by (service) (increase(agent_requests_total[{now}])) == 0",
        failures=False,
    )
