"""The summary of the last traces."""

import json

import pytest

from agent_telemetry import Dashboard, Tracer


def test_no_trace_gives_a_message(stack) -> None:
    """Before anything happened the summary says so; the breakdown is empty."""
    assert stack.dashboard.get_summary() == {"message": "No traces recorded"}
    assert stack.dashboard.get_latency_breakdown() == []
    assert stack.dashboard.get_traces() == []


def test_summary_of_one_trace_is_right(stack) -> None:
    """One trace is its own percentiles; errors are a share of spans."""
    with stack.tracer.start_trace("chat") as chat, stack.tracer.start_span("agent", "agent") as run:
        with stack.tracer.start_span("ask", "llm"):
            stack.tracer.record_llm_call("gpt-4o", 100, 50, 0.5, 10)
        with stack.tracer.start_span("recall", "memory"):
            pass
        with stack.tracer.start_span("find", "tool") as find:
            find.set_error(ValueError("no"))
        run.set_error(TimeoutError("late"))
    summary = stack.dashboard.get_summary()
    assert list(summary) == [
        "trace_count", "total_traces", "error_rate", "duration", "cost", "span_distribution",
        "metrics",
    ]  # fmt: skip
    assert (summary["trace_count"], summary["total_traces"]) == (1, 1)
    assert summary["error_rate"] == 0.5
    assert set(summary["duration"].values()) == {chat.total_duration_ms}
    assert set(summary["duration"]) == {"p50_ms", "p95_ms", "p99_ms", "avg_ms"}
    assert summary["cost"] == {"total_usd": 0.5, "avg_per_trace_usd": 0.5}
    assert summary["span_distribution"] == {"agent": 1, "llm": 1, "memory": 1, "tool": 1}
    metrics = {entry["name"] for entry in summary["metrics"]}
    assert {"agent_api_cost_usd_total", "llm_latency_ms"} <= metrics
    json.dumps(summary)


def test_views_show_the_last_hundred(stack) -> None:
    """Of 120 traces 100 are looked at; all of them are kept."""
    for number in range(120):
        with stack.tracer.start_span("ask", "llm" if number < 20 else "tool"):
            pass
    summary = stack.dashboard.get_summary()
    assert (summary["trace_count"], summary["total_traces"]) == (100, 120)
    assert summary["span_distribution"] == {"tool": 100}
    (stage,) = stack.dashboard.get_latency_breakdown()
    assert (stage["stage"], stage["count"]) == ("tool", 100)
    assert len(stack.dashboard.get_traces()) == 100
    assert len(stack.dashboard.get_traces(limit=3)) == 3


def test_breakdown_is_by_kind_of_span(stack) -> None:
    """Each stage has its own count, average and percentiles."""
    with stack.tracer.start_trace("chat") as chat:
        for kind in ("llm", "llm", "tool"):
            with stack.tracer.start_span(kind, kind):
                pass
    times = sorted(span.duration_ms for span in chat.spans if span.kind == "llm")
    stages = {entry.pop("stage"): entry for entry in stack.dashboard.get_latency_breakdown()}
    assert stages["llm"] == {
        "count": 2,
        "avg_ms": pytest.approx(sum(times) / 2),
        "p50_ms": times[0],
        "p95_ms": times[1],
    }
    assert stages["tool"]["count"] == 1


def test_it_works_with_a_tracer_alone() -> None:
    """The guides' way: a dashboard of a tracer, without metrics."""
    tracer = Tracer("alone")
    with tracer.start_span("step"):
        pass
    summary = Dashboard(tracer).get_summary()
    assert (summary["trace_count"], summary["metrics"]) == (1, [])


def test_empty_traces_do_no_harm(stack) -> None:
    """A trace without spans counts as a trace and has no errors."""
    with stack.tracer.start_trace("empty"):
        pass
    summary = stack.dashboard.get_summary()
    assert (summary["trace_count"], summary["error_rate"]) == (1, 0.0)
    assert stack.dashboard.get_latency_breakdown() == []
