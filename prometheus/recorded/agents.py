"""Errors of single agents."""

from prometheus.durations import TimeScale
from prometheus.recorded.record import RATE_WINDOW, Record

ERRORS = "service_agent:agent_errors:rate5m"


def errors(window: str) -> str:
    """Return the errors a second of each agent."""
    return f"sum by (service, agent_id) (rate(agent_errors_total[{window}]))"


def records(scale: TimeScale) -> list[Record]:
    """Return the group's recording rules."""
    return [Record(ERRORS, errors(scale.window(RATE_WINDOW)))]
