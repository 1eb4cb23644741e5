"""Whole traces for exporters and views: complete, isolated, bounded, never in the host's way."""

import os
import threading

import pytest
from opentelemetry import trace

from agent_telemetry.traces import collector as trace_collector
from agent_telemetry.traces.trace_record import Trace
from tests.polling import wait_for
from tests.scrape import scraped


def dropped(stack, reason: str) -> float | None:
    """Read what the views lost."""
    return scraped(stack, "telemetry_dropped_total", signal="trace_views", reason=reason)


def test_exporter_gets_each_trace_once_and_whole(stack) -> None:
    """A trace comes at its end, with every span in it, the middle ones too."""
    found: list[Trace] = []
    stack.tracer.add_exporter(found.append)
    for _ in range(3):
        with stack.tracer.start_trace("chat"), stack.agent("support"), stack.tool("find"):
            assert not stack.tracer.traces.find("x")
    assert stack.tracer.flush(5)
    assert [each.span_count for each in found] == [2, 2, 2]


def test_exporter_that_raises_stops_nobody(make_stack) -> None:
    """The second exporter gets everything, the host goes on, the failures are counted."""
    stack = make_stack(strict=False)
    found: list[Trace] = []

    def broken(each: Trace) -> None:
        raise RuntimeError(each.name)

    stack.tracer.add_exporter(broken)
    stack.tracer.add_exporter(found.append)
    for _ in range(5):
        with stack.chain("step"):
            pass
    assert stack.tracer.flush(5)
    assert len(found) == 5
    assert dropped(stack, "exporter_failed") == 5
    assert scraped(stack, "telemetry_faults_total", where="trace_exporter") == 5


def test_slow_exporter_blocks_nobody_and_loses_the_oldest(stack) -> None:
    """While an exporter hangs the app goes on; what its queue cannot hold is counted."""
    gate, entered = threading.Event(), threading.Event()
    found: list[str] = []

    def slow(each: Trace) -> None:
        entered.set()
        gate.wait(30)
        found.append(each.name)

    stack.tracer.add_exporter(slow)
    with stack.chain("first"):
        pass
    assert entered.wait(5)
    for number in range(400):
        with stack.chain(f"step {number}"):
            pass
    lost = dropped(stack, "queue_full")
    gate.set()
    assert stack.tracer.flush(10)
    assert lost == 401 - 256
    assert len(found) + lost == 401
    assert found[-1] == "step 399"


def test_shutdown_counts_what_the_exporter_never_took(make_stack) -> None:
    """A hanging exporter delays the exit by no more than its deadline."""
    stack = make_stack(shutdown_seconds=0.3)
    gate = threading.Event()
    stack.tracer.add_exporter(lambda _trace: gate.wait(30))
    for _ in range(3):
        with stack.chain("step"):
            pass
    stack.shutdown()
    assert dropped(stack, "shutdown") == 3
    gate.set()


def test_late_span_joins_its_finished_trace(stack) -> None:
    """Work that outlives the request is still in its trace, as long as that is kept."""
    with stack.chain("request") as request:
        background = stack.wrap(lambda: stack.chain("background").__enter__())()
    assert stack.tracer.traces.find(request.trace_id).span_count == 1
    background.end()
    found = stack.tracer.traces.find(request.trace_id)
    assert [span.name for span in found.spans] == ["request", "background"]


def test_two_requests_of_one_caller_are_one_trace(stack) -> None:
    """Requests that arrive with the same ``traceparent`` become parts of the same trace."""
    far = trace.SpanContext(7 << 100, 7, is_remote=True, trace_flags=trace.TraceFlags(1))
    context = trace.set_span_in_context(trace.NonRecordingSpan(far))
    for name in ("one", "two"):
        stack.tracer.start_span(name, context=context, kind=trace.SpanKind.SERVER).end()
    (only,) = stack.tracer.traces.last()
    assert [span.name for span in only.spans] == ["one", "two"]


def test_start_trace_within_a_request_is_that_requests_trace(stack) -> None:
    """A trace begun inside a span that runs already waits for that span's end."""
    found: list[Trace] = []
    stack.tracer.add_exporter(found.append)
    with stack.chain("request") as request:
        with stack.tracer.start_trace("part") as part, stack.chain("step"):
            pass
        assert part.trace_id == request.trace_id
    assert stack.tracer.flush(5)
    assert [(each.name, each.span_count) for each in found] == [("request", 2)]


def test_traces_under_way_are_bounded(stack, monkeypatch) -> None:
    """Spans that never end cost a bounded number of traces, the oldest are given up."""
    monkeypatch.setattr(trace_collector, "MOST_OPEN_TRACES", 10)
    kept = []
    for _ in range(25):
        scope = stack.tracer.start_trace("never ends")
        scope.__enter__()
        with stack.chain("step"):
            pass
        kept.append(scope)
    assert dropped(stack, "queue_full") == 15
    for each in reversed(kept):
        each.__exit__(None, None, None)
    assert len(stack.tracer.traces) == 10


def test_spans_under_way_are_bounded(stack, monkeypatch) -> None:
    """One endless trace keeps a bounded number of spans; the rest is counted."""
    monkeypatch.setattr(trace_collector, "MOST_OPEN_SPANS", 20)
    with stack.tracer.start_trace("endless") as endless:
        for _ in range(50):
            with stack.chain("step"):
                pass
    assert endless.span_count == 20
    assert dropped(stack, "queue_full") == 30


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded")
def test_forked_child_starts_empty_and_works(stack) -> None:
    """A worker that is forked has none of its parent's traces and collects its own."""
    with stack.chain("parent's"):
        pass
    reader, writer = os.pipe()
    child = os.fork()
    if not child:
        with stack.chain("child's"):
            pass
        names = ",".join(each.name for each in stack.tracer.traces.last())
        os.write(writer, names.encode())
        os._exit(0)
    os.waitpid(child, 0)
    assert os.read(reader, 100) == b"child's"


def test_sampled_out_spans_are_in_no_view(make_stack, monkeypatch) -> None:
    """With sampling off the tracer still works; there is just nothing to show."""
    monkeypatch.setenv("OTEL_TRACES_SAMPLER", "always_off")
    stack = make_stack()
    with stack.tracer.start_span("step", attributes={"a": 1}) as span:
        span.set_attribute("b", 2)
        span.add_event("said")
    assert span.to_dict()["name"] == "step"
    assert span.duration_ms > 0
    assert wait_for(lambda: len(stack.tracer.traces) == 0, within=1, what="no trace")
