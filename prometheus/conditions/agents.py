"""Conditions about agents and the pool that they come from."""

from prometheus.conditions.condition import Condition, condition
from prometheus.durations import TimeScale
from prometheus.recorded import agents as recorded
from prometheus.recorded import latency
from prometheus.recorded.record import GAP, RATE_WINDOW
from prometheus.thresholds import Alert


@condition("HighErrorRate", "agent", "limit", "window")
def _many_errors_of_one_agent(alert: Alert, scale: TimeScale) -> Condition:
    errors = recorded.ERRORS
    if alert.settings["window"] != RATE_WINDOW:
        errors = recorded.errors(scale.window(alert.settings["window"]))
    return Condition(f"{errors} > {alert.settings['limit']}", ("agent_id",))


@condition("SlowResponse", "chat", "limit", "window")
def _slow_chats(alert: Alert, scale: TimeScale) -> Condition:
    series, limit = latency.CHAT_P95, alert.settings["limit"]
    if alert.settings["window"] != RATE_WINDOW:
        window = scale.window(alert.settings["window"])
        series = f"({latency.p95('agent_chat_latency_seconds', window, 'service, template_id')})"
    return Condition(f"{series} > {limit}", ("template_id",), failures=False, slower_than=limit)


@condition("PoolNearCapacity", "agent", "limit")
def _pool_near_capacity(alert: Alert, scale: TimeScale) -> Condition:
    # Each instance has a pool of its own; idle agents are closed after some minutes, so that the
    # size is what is needed.
    size, most = (
        f"sum by (service, instance) (last_over_time({gauge}[{scale.window(GAP)}]))"
        for gauge in ("agent_pool_size", "agent_pool_max_size")
    )
    return Condition(f"{size}\n/\n({most} > 0)\n> {alert.settings['limit']}")


@condition("HighMemoryUsage", "agent", "limit")
def _much_memory(alert: Alert, scale: TimeScale) -> Condition:
    memory = f"last_over_time(agent_memory_usage_bytes[{scale.window(GAP)}])"
    limit = alert.settings["limit"]
    return Condition(f"max by (service, instance) ({memory}) > {limit}", failures=False)
