"""A summary of the last traces of this process, without any server."""

from collections import Counter
from typing import Any, Protocol

from agent_telemetry.percentile import percentile
from agent_telemetry.traces.buffer import TraceBuffer
from agent_telemetry.traces.span_record import Span
from agent_telemetry.traces.trace_record import Trace

#: Traces that a view looks at.
VIEWED_TRACES = 100


class TraceSource(Protocol):
    """What keeps traces: a ``Tracer``, a ``NoopTracer``."""

    traces: TraceBuffer


class MetricSource(Protocol):
    """What lists its metrics: a ``MetricsCollector``, a ``MetricsRegistry``."""

    def collect(self) -> list[dict[str, Any]]:
        """Return one entry a series."""


class Dashboard:
    """Views on the last 100 of at most 1000 traces kept; each worker process has its own.

    Args:
        tracer: whose traces are shown.
        metrics: whose metrics the summary lists; none by default.
    """

    def __init__(self, tracer: TraceSource, metrics: MetricSource | None = None) -> None:
        self._traces = tracer.traces
        self._metrics = metrics

    def get_traces(self, limit: int = VIEWED_TRACES) -> list[dict[str, Any]]:
        """Return the latest traces, the newest first, each as ``Trace.to_dict`` gives it."""
        return [trace.to_dict() for trace in reversed(self._traces.last(limit))]

    def get_summary(self) -> dict[str, Any]:
        """Return what the last 100 traces were like.

        Returns:
            ``{"message": "No traces recorded"}`` when there is none; else trace_count (looked
            at), total_traces (kept, at most 1000), error_rate (failed spans / spans, 0 to 1),
            duration {p50_ms, p95_ms, p99_ms, avg_ms} of whole traces by nearest rank, cost
            {total_usd, avg_per_trace_usd} of calls with a known price, span_distribution
            (kind → spans) and metrics (entries as of ``collect``).
        """
        traces = self._traces.last(VIEWED_TRACES)
        if not traces:
            return {"message": "No traces recorded"}
        spans = [span for trace in traces for span in trace.spans]
        costs = sum(span.cost_usd or 0.0 for span in spans)
        return {
            "trace_count": len(traces),
            "total_traces": len(self._traces),
            "error_rate": _error_rate(spans),
            "duration": _durations(traces),
            "cost": {"total_usd": costs, "avg_per_trace_usd": costs / len(traces)},
            "span_distribution": dict(Counter(span.kind for span in spans)),
            "metrics": self._metrics.collect() if self._metrics is not None else [],
        }

    def get_latency_breakdown(self) -> list[dict[str, Any]]:
        """Return, for each kind of span in the last 100 traces, how long it takes.

        Returns:
            Entries of stage (the kind), count, avg_ms, p50_ms and p95_ms (nearest rank), the
            stage that takes most time first; empty when there is no trace.
        """
        by_stage: dict[str, list[float]] = {}
        for trace in self._traces.last(VIEWED_TRACES):
            for span in trace.spans:
                by_stage.setdefault(span.kind, []).append(span.duration_ms)
        entries = [_stage(stage, sorted(times)) for stage, times in by_stage.items()]
        return sorted(entries, key=lambda entry: -entry["avg_ms"] * entry["count"])


def _error_rate(spans: list[Span]) -> float:
    return sum(span.status != "ok" for span in spans) / len(spans) if spans else 0.0


def _durations(traces: list[Trace]) -> dict[str, float]:
    times = sorted(trace.total_duration_ms for trace in traces)
    return {
        "p50_ms": percentile(times, 50),
        "p95_ms": percentile(times, 95),
        "p99_ms": percentile(times, 99),
        "avg_ms": sum(times) / len(times),
    }


def _stage(stage: str, times: list[float]) -> dict[str, Any]:
    return {
        "stage": stage,
        "count": len(times),
        "avg_ms": sum(times) / len(times),
        "p50_ms": percentile(times, 50),
        "p95_ms": percentile(times, 95),
    }
