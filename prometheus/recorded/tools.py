"""Calls of tools that failed."""

from prometheus.durations import TimeScale
from prometheus.recorded.record import RATE_WINDOW, Record

FAILURES = "service_tool:agent_tool_calls_failed:increase5m"


def failures(window: str) -> str:
    """Return how many calls of each tool failed within a window."""
    return (
        "sum by (service, tool_name) "
        f'(increase(agent_tool_calls_total{{status="failed"}}[{window}]))'
    )


def records(scale: TimeScale) -> list[Record]:
    """Return the group's recording rules."""
    return [Record(FAILURES, failures(scale.window(RATE_WINDOW)))]
