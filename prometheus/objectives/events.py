"""What counts as an event of each objective, and which events are bad, each a second."""

from dataclasses import dataclass

from prometheus.objectives.objective import Objective

_RUNS = "gen_ai_invoke_agent_duration_seconds_count"
_FAILED = '{error_type!=""}'
_HISTOGRAMS = {
    "latency": "agent_request_duration_seconds",
    "first_token": "gen_ai_client_operation_time_to_first_chunk_seconds",
}


@dataclass(frozen=True, slots=True)
class Events:
    """PromQL of the events of one objective, by service, without the label `slo`.

    Attributes:
        every: all of them, a second.
        bad: those that are not as promised, a second; 0 when there were none.
    """

    every: str
    bad: str


def events(objective: Objective, window: str) -> Events:
    """Return what an objective counts.

    Args:
        objective: one that is a share of events.
        window: range of the rates.
    """
    if objective.name == "availability":
        return _availability(window)
    if objective.name == "tools":
        return _failures("gen_ai_execute_tool_duration_seconds_count", window)
    return _slower(_HISTOGRAMS[objective.name], objective.bound, window)


def _rate(selector: str, window: str) -> str:
    return f"sum by (service) (rate({selector}[{window}]))"


def _availability(window: str) -> Events:
    # An agent that only speaks OTLP has no requests of ours: its runs are counted instead.
    requests = _rate("agent_requests_total", window)
    every = f"{requests}\nor\n{_rate(_RUNS, window)}"
    failed = _rate('agent_requests_total{status="error"}', window)
    failed_runs = f"({_rate(_RUNS + _FAILED, window)} unless on (service) {requests})"
    return Events(every, f"{failed}\nor\n{failed_runs}\nor\n({every}) * 0")


def _failures(count: str, window: str) -> Events:
    every = _rate(count, window)
    return Events(every, f"{_rate(count + _FAILED, window)}\nor\n{every} * 0")


def _slower(histogram: str, bound: float, window: str) -> Events:
    # Prometheus 3 stores le="5" as le="5.0". Without this bucket nothing is known: no `or 0` here.
    le = f"{bound:g}".replace(".", "[.]") + ("" if bound % 1 else "([.]0)?")
    every = _rate(f"{histogram}_count", window)
    in_time = _rate(f'{histogram}_bucket{{le=~"{le}"}}', window)
    return Events(every, f"clamp_min({every} - {in_time}, 0)")
