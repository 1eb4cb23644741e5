"""The guides' tracer: their names and shapes, on spans of OpenTelemetry, in the same metrics."""

import asyncio
import threading

import pytest
from opentelemetry import trace
from opentelemetry.context import Context

from agent_telemetry import Tracer
from agent_telemetry.budgets.budget import Budget
from tests.polling import wait_for
from tests.scrape import scraped


def exported(tracer: Tracer) -> list:
    """Collect the traces that the tracer exports."""
    found: list = []
    tracer.add_exporter(found.append)
    return found


def test_spans_are_opentelemetrys_with_w3c_ids(stack, finished) -> None:
    """A span of the guides' tracer is exported: exact name, nesting, ids that links use."""
    with (
        stack.tracer.start_trace("chat") as chat,
        stack.tracer.start_span("my agent", "agent", {"plan": "vip"}) as outer,
        stack.tracer.start_span("look up", kind="tool") as inner,
    ):
        pass
    spans = finished()
    top, below = spans["my agent"], spans["look up"]
    assert trace.format_trace_id(top.context.trace_id) == chat.trace_id == outer.trace_id
    assert trace.format_span_id(top.context.span_id) == outer.span_id
    assert top.parent is None
    assert below.parent.span_id == top.context.span_id
    assert (inner.parent_id, inner.kind) == (outer.span_id, "tool")
    assert top.attributes["plan"] == "vip"
    assert top.attributes["gen_ai.operation.name"] == "invoke_agent"


def test_trace_id_is_known_before_the_first_span(stack, finished) -> None:
    """All spans of a trace, one after the other, have the id that ``start_trace`` gave."""
    with stack.tracer.start_trace("two steps") as steps:
        known = steps.trace_id
        with stack.tracer.start_span("one"):
            pass
        with stack.chain("two"):
            pass
    with stack.chain("after"):
        pass
    ids = {name: trace.format_trace_id(span.context.trace_id) for name, span in finished().items()}
    assert ids["one"] == ids["two"] == known
    assert ids["after"] != known
    assert steps.root_span.name == "one"


def test_stack_operations_are_in_the_same_trace(stack) -> None:
    """What ``stack.agent`` and the like make appears in the guides' trace, with its kind."""
    found = exported(stack.tracer)
    with stack.tracer.start_trace("mixed"), stack.agent("support"):
        with stack.llm("gpt-4o") as call:
            call.usage(input=1000, output=100)
        with stack.memory("recall"), stack.retrieval("manuals"), stack.tool("find"):
            pass
        with stack.embedding("text-embedding-3-small") as call:
            call.usage(input=10, output=0)
    assert stack.tracer.flush(5)
    told = found[0].to_dict()
    kinds = ["agent", "llm", "memory", "retrieval", "tool", "embedding"]
    assert [span["kind"] for span in told["spans"]] == kinds
    assert told["total_tokens"] == 1110
    assert told["total_cost_usd"] == pytest.approx(0.0035, abs=0.0001)


def test_span_outside_a_trace_gets_its_own(stack) -> None:
    """Two spans without a trace are two traces, each exported at its span's end."""
    found = exported(stack.tracer)
    for name in ("first", "second"):
        with stack.tracer.start_span(name):
            pass
    assert stack.tracer.flush(5)
    assert [each.name for each in found] == ["first", "second"]
    assert len({each.trace_id for each in found}) == 2


def test_recorded_model_calls_add_up_and_count(stack, finished) -> None:
    """Two recorded calls add up in their span, and the default metrics move by exactly two."""
    with stack.tracer.start_span("ask", "llm") as span:
        stack.tracer.record_llm_call("gpt-4o", 100, 40, 0.01, 500)
        stack.tracer.record_llm_call("gpt-4o", 200, 60, 0.02, 1500)
    told = span.to_dict()
    assert (told["model_name"], told["input_tokens"], told["output_tokens"]) == ("gpt-4o", 300, 100)
    assert told["cost_usd"] == pytest.approx(0.03)
    assert finished()["ask"].attributes["gen_ai.usage.input_tokens"] == 300
    assert scraped(stack, "ai_model_calls_total", model="gpt-4o", status="success") == 2
    assert scraped(stack, "ai_tokens_used_total", model="gpt-4o", type="prompt") == 300
    assert scraped(stack, "ai_model_duration_seconds_sum", model="gpt-4o") == pytest.approx(
        2.0, abs=0.1
    )
    assert scraped(stack, "llm_latency_ms_count") == 2
    cost = scraped(stack, "agent_api_cost_usd_total", model="gpt-4o", tenant_id="unknown")
    assert cost == pytest.approx(0.03)


def test_recorded_call_without_cost_is_priced(stack, log_lines) -> None:
    """No cost given: the price table decides; the log line carries the same number."""
    with stack.tracer.start_span("ask", "llm") as span:
        stack.tracer.record_llm_call("gpt-4o", 1000, 100)
    assert span.cost_usd == pytest.approx(0.0035)
    lines = [line for line in log_lines() if line["event"] == "llm_end"]
    assert [(line["model"], line["cost_usd"]) for line in lines] == [("gpt-4o", 0.0035)]


def test_unknown_model_costs_nothing_known(stack) -> None:
    """A recorded call of an unpriced model has no cost, never zero dollars."""
    with stack.tracer.start_span("ask", "llm") as span:
        stack.tracer.record_llm_call("llama-9", 10, 10, duration_ms=5)
    assert span.cost_usd is None
    assert scraped(stack, "agent_unpriced_calls_total", model="llama-9") == 1


def test_span_without_a_recorded_call_is_the_call(stack) -> None:
    """A span of kind llm or tool in which nothing was recorded counts as one call itself."""
    with stack.tracer.start_span("ask", "llm", {"model": "gpt-4o"}):
        pass
    with stack.tracer.start_span("find", "tool"):
        pass
    assert scraped(stack, "ai_model_calls_total", model="gpt-4o", status="success") == 1
    assert scraped(stack, "agent_tool_calls_total", tool_name="find", status="success") == 1


def test_call_recorded_inside_a_stack_call_counts_once(stack) -> None:
    """``record_llm_call`` within ``stack.llm`` tells its tokens and counts no second call."""
    with stack.llm("gpt-4o") as call:
        stack.tracer.record_llm_call("gpt-4o", 100, 10, duration_ms=5)
    assert call.tokens_input == 100
    assert scraped(stack, "ai_model_calls_total", model="gpt-4o", status="success") == 1


def test_recorded_tool_calls_are_events_and_counts(stack, finished) -> None:
    """A tool call is an event ``tool_call`` of its span and counts once, failed or not."""
    with stack.tracer.start_span("work", "agent"):
        stack.tracer.record_tool_call("find", success=True, duration_ms=20)
        stack.tracer.record_tool_call("find", success=False, duration_ms=30)
    events = finished()["work"].events
    assert [(each.name, each.attributes["success"]) for each in events] == [
        ("tool_call", True),
        ("tool_call", False),
    ]
    assert scraped(stack, "agent_tool_calls_total", tool_name="find", status="success") == 1
    assert scraped(stack, "agent_tool_calls_total", tool_name="find", status="failed") == 1
    seconds = scraped(stack, "agent_tool_call_latency_seconds_sum", tool_name="find")
    assert seconds == pytest.approx(0.05, abs=0.01)


def test_calls_recorded_outside_of_any_span_count(stack) -> None:
    """Without a span there is nothing to attach to; the metrics move all the same."""
    stack.tracer.record_llm_call("gpt-4o", 10, 1, 0.001, 10)
    stack.tracer.record_tool_call("find", success=True, duration_ms=10)
    assert scraped(stack, "ai_model_calls_total", model="gpt-4o", status="success") == 1
    assert scraped(stack, "tool_calls_total") == 1


@pytest.mark.parametrize(
    ("error", "status"), [(ValueError("no"), "error"), (TimeoutError(), "timeout")]
)
def test_exception_marks_the_span_and_goes_on(stack, finished, error, status) -> None:
    """An exception passes unchanged; the span is marked, a time-out as such."""
    found = exported(stack.tracer)
    with pytest.raises(type(error)), stack.tracer.start_span("step") as span:
        raise error
    assert span.status == status
    assert finished()["step"].attributes["error.type"] == type(error).__name__
    assert stack.tracer.flush(5)
    assert found[0].to_dict()["spans"][0]["status"] == status


def test_async_with_works_and_tasks_do_not_mix(stack, finished) -> None:
    """200 concurrent tasks, each with its own trace: every span below its own parent."""

    async def one(number: int) -> tuple[str, str]:
        async with (
            stack.tracer.start_trace(f"t{number}") as own,
            stack.tracer.start_span(f"outer {number}", "agent"),
        ):
            await asyncio.sleep(0)
            async with stack.tracer.start_span(f"inner {number}", "tool"):
                await asyncio.sleep(0.001)
        return f"inner {number}", own.trace_id

    async def main() -> list[tuple[str, str]]:
        return await asyncio.gather(*(one(number) for number in range(200)))

    ids = dict(asyncio.run(main()))
    spans = finished()
    for number in range(200):
        inner, outer = spans[f"inner {number}"], spans[f"outer {number}"]
        assert inner.parent.span_id == outer.context.span_id
        assert trace.format_trace_id(inner.context.trace_id) == ids[f"inner {number}"]
    assert len(set(ids.values())) == 200


def test_threads_do_not_mix(stack, finished) -> None:
    """50 threads at once: each thread's spans are in its own trace."""
    start = threading.Barrier(50)

    def work(number: int) -> None:
        start.wait()
        with (
            stack.tracer.start_span(f"outer {number}", attributes={"tenant_id": f"t{number}"}),
            stack.tracer.start_span(f"inner {number}"),
        ):
            pass

    threads = [threading.Thread(target=work, args=(number,)) for number in range(50)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    spans = finished()
    for number in range(50):
        outer = spans[f"outer {number}"]
        assert outer.parent is None
        assert outer.attributes["tenant.id"] == f"t{number}"
        assert spans[f"inner {number}"].parent.span_id == outer.context.span_id


def test_mark_complete_finishes_a_running_span(stack, finished) -> None:
    """A span that is not in a ``with`` ends by ``mark_complete`` or ``finish``, only once."""
    span = stack.tracer.start_span("long")
    stack.tracer.mark_complete(span.span_id)
    stack.tracer.mark_complete("no such span")
    span.finish()
    assert finished()["long"].end_time is not None
    assert not trace.get_current_span().get_span_context().is_valid


def test_opentelemetrys_arguments_give_its_span(stack, finished) -> None:
    """Code written for OpenTelemetry's tracer takes this one."""
    span = stack.tracer.start_span("server", context=Context(), kind=trace.SpanKind.SERVER)
    span.end()
    with stack.tracer.start_as_current_span("current"):
        pass
    assert finished()["server"].kind is trace.SpanKind.SERVER
    assert "current" in finished()


def test_wrong_arguments_never_reach_the_host(make_stack) -> None:
    """Numbers that are none are counted as a fault of the telemetry, not raised."""
    stack = make_stack(strict=False)
    stack.tracer.record_llm_call("gpt-4o", "many", 1, 0.0, 1)
    stack.tracer.record_llm_call("gpt-4o", 1, 1, float("nan"), 1)
    assert scraped(stack, "telemetry_faults_total", where="tracer.record_llm_call") == 2


def test_recorded_calls_are_never_refused_but_booked(stack) -> None:
    """A budget that blocks cannot refuse what was made already; it learns of its cost."""
    stack.budgets.add(Budget("day", limit_usd=0.01, mode="block"))
    for _ in range(3):
        stack.tracer.record_llm_call("gpt-4o", 10, 1, 0.02, 1)
    assert scraped(stack, "ai_model_calls_total", model="gpt-4o", status="success") == 3


def test_tracer_works_alone() -> None:
    """Without a stack: own metrics, own traces, nothing global is touched."""
    tracer = Tracer("alone")
    found = exported(tracer)
    with tracer.start_trace("t"), tracer.start_span("ask", "llm"):
        tracer.record_llm_call("gpt-4o", 10, 1, 0.5, 1)
    assert wait_for(lambda: found, within=5, what="the exported trace", pause=0.01)
    assert found[0].total_cost_usd == 0.5
    calls = {"model": "gpt-4o", "status": "success"}
    assert tracer.metrics.registry.get_sample_value("ai_model_calls_total", calls) == 1
    tracer.shutdown()
