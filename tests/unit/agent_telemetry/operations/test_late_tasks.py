"""Tasks that go on, or begin, when the operation that made them has ended."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest


def run_late(stack: Any, work: Callable[[], None], *, within: bool) -> Any:
    """Make a task in an agent's run; have it work when the run is over; return the run.

    Args:
        stack: a stack.
        work: done by the task.
        within: whether the run is itself within a step that goes on.
    """

    async def main() -> Any:
        over = asyncio.Event()

        async def later() -> None:
            await over.wait()
            work()

        async def begin() -> Any:
            with stack.agent("support", tenant_id="acme", agent_id="7") as run:
                tasks.append(asyncio.create_task(later()))
            over.set()
            await asyncio.gather(*tasks)
            return run

        tasks: list[asyncio.Task[None]] = []
        if not within:
            return await begin()
        with stack.chain("outer"):
            return await begin()

    return asyncio.run(main())


def operations(stack: Any) -> dict[str, Callable[[], None]]:
    """Return everything that makes a span, by the span's name."""

    def call_model() -> None:
        with stack.llm("gpt-4o") as call:
            call.usage(input=1000, output=0)

    def call_tool() -> None:
        with stack.tool("lookup"):
            pass

    def guides_span() -> None:
        with stack.tracer.start_span("step"):
            pass

    def in_a_trace() -> None:
        with stack.tracer.start_trace("chat"), stack.tracer.start_span("first"):
            pass

    def http() -> None:
        with stack.http_client_span("GET", "http://shop"):
            pass

    return {
        "chat gpt-4o": call_model,
        "Tool.lookup": call_tool,
        "step": guides_span,
        "first": in_a_trace,
        "HTTP GET": http,
    }


@pytest.mark.parametrize("within", [True, False], ids=["within a step", "alone"])
@pytest.mark.parametrize("name", ["chat gpt-4o", "Tool.lookup", "step", "first", "HTTP GET"])
def test_an_ended_run_is_nobodys_parent(stack, finished, name, within) -> None:
    """What begins late is below what still goes on, or a trace of its own, and counts in no run."""
    run = run_late(stack, operations(stack)[name], within=within)
    found = finished()
    late = found[name]
    if within:
        assert late.parent.span_id == found["outer"].context.span_id
    else:
        assert late.parent is None
        assert late.context.trace_id != found["Agent.Chat"].context.trace_id
    assert (run.llm_calls, run.tool_calls, run.cost_usd) == (0, 0, 0)


def test_late_money_is_nobodys(stack, finished) -> None:
    """The cost of a call that begins late is booked, to no tenant: the run's ids went with it."""
    run_late(stack, operations(stack)["chat gpt-4o"], within=False)
    finished()
    read = stack.registry.get_sample_value
    assert read("agent_api_cost_usd_total", {"model": "gpt-4o", "tenant_id": "unknown"}) == 0.0025


def test_headers_and_events_do_not_name_it(stack, finished, caplog) -> None:
    """Nothing is sent on with the ended span for a parent, and no event is added to it."""
    sent = []

    def work() -> None:
        sent.append(stack.headers())
        stack.tracer.record_tool_call("lookup", duration_ms=3)

    run_late(stack, work, within=True)
    found = finished()
    assert sent[0]["traceparent"].split("-")[2] == format(found["outer"].context.span_id, "016x")
    assert [event.name for event in found["outer"].events] == ["tool_call"]
    assert not [each for each in caplog.messages if "ended span" in each]


def test_whoever_wants_the_parent_keeps_it(stack, finished) -> None:
    """`stack.wrap` binds work to the run it was made in, also when that has ended."""
    wrapped = []

    async def main() -> None:
        with stack.agent("support", tenant_id="acme"):
            wrapped.append(stack.wrap(operations(stack)["chat gpt-4o"]))
        await asyncio.to_thread(wrapped[0])

    asyncio.run(main())
    found = finished()
    assert found["chat gpt-4o"].parent.span_id == found["Agent.Chat"].context.span_id


def test_spans_of_opentelemetry_keep_the_copied_parent(stack, finished) -> None:
    """A span made by OpenTelemetry alone, before any of ours, is below what its task copied."""

    def work() -> None:
        with stack.tracer.otel.start_as_current_span("theirs"):
            pass

    run_late(stack, work, within=True)
    found = finished()
    assert found["theirs"].parent.span_id == found["Agent.Chat"].context.span_id
