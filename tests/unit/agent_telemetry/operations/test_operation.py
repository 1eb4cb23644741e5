"""Operations: described once, told three times, correlated, never in the host's way."""

import asyncio
import logging
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import Any

import pytest

from agent_telemetry import ObservabilityStack, get_request_context


def sample(stack: ObservabilityStack, name: str, **labels: str) -> float | None:
    """Read one sample as a scrape would."""
    return stack.registry.get_sample_value(name, labels)


def run_chat(stack: ObservabilityStack) -> Any:
    """One chat: an agent that asks a model, calls a tool and asks again."""
    with stack.agent("support", tenant_id="acme", agent_id="support-1") as run:
        with stack.llm("gpt-4o", provider="openai") as call:
            call.usage(input=1000, output=100, cached=500)
            call.finish_reason("tool_calls")
        with stack.tool("lookup_order"):
            pass
        with stack.llm("gpt-4o", provider="openai") as call:
            call.usage(input=2000, output=50)
    return run


def test_one_description_gives_span_metrics_and_log(stack, finished, log_lines) -> None:
    """A model call appears as a span, in the metrics and as a log line with the same numbers."""
    run = run_chat(stack)
    span = finished()["chat gpt-4o"]
    assert span.attributes["gen_ai.request.model"] == "gpt-4o"
    assert span.attributes["gen_ai.provider.name"] == "openai"
    calls = [line for line in log_lines() if line["event"] == "llm_end"]
    assert [line["cost_usd"] for line in calls] == [0.002875, 0.0055]
    assert all(line["trace_id"] == run.trace_id and line["tenant_id"] == "acme" for line in calls)
    assert sample(stack, "ai_model_calls_total", model="gpt-4o", status="success") == 2
    assert sample(stack, "ai_tokens_used_total", model="gpt-4o", type="prompt") == 3000
    assert sample(stack, "agent_tool_calls_total", tool_name="lookup_order", status="success") == 1


def test_money_agrees_everywhere(stack, finished, log_lines) -> None:
    """Run, counter, log lines and spans give the same sum of money."""
    run = run_chat(stack)
    finished()
    total = sample(stack, "agent_api_cost_usd_total", model="gpt-4o", tenant_id="acme")
    assert run.cost_usd == pytest.approx(0.008375)
    assert total == pytest.approx(run.cost_usd)
    logged = sum(line["cost_usd"] for line in log_lines() if "cost_usd" in line)
    assert logged == pytest.approx(run.cost_usd)
    assert (run.tokens_input, run.tokens_output) == (3000, 150)
    assert (run.llm_calls, run.tool_calls) == (2, 1)


def test_spans_are_nested(stack, finished) -> None:
    """Model and tool spans are children of the agent's span, in one trace."""
    run_chat(stack)
    spans = finished()
    agent = spans["Agent.Chat"]
    for name in ("chat gpt-4o", "Tool.lookup_order"):
        assert spans[name].parent.span_id == agent.context.span_id
        assert spans[name].context.trace_id == agent.context.trace_id
    assert agent.attributes["gen_ai.operation.name"] == "invoke_agent"
    assert spans["Tool.lookup_order"].attributes["gen_ai.operation.name"] == "execute_tool"


def test_unknown_model_costs_nothing_known(stack, log_lines) -> None:
    """An unpriced model gives no cost, a counter and one warning; never zero dollars."""
    for _ in range(2):
        with stack.agent("support") as run, stack.llm("llama-9") as call:
            call.usage(input=10, output=10)
    assert run.cost_usd is None
    assert sample(stack, "agent_unpriced_calls_total", model="llama-9") == 2
    assert not [
        each
        for family in stack.registry.collect()
        for each in family.samples
        if each.name == "agent_api_cost_usd_total" and each.labels["model"] == "llama-9"
    ]
    assert len([line for line in log_lines() if line.get("event") == "model_unpriced"]) == 1
    assert all("cost_usd" not in line or line["cost_usd"] is None for line in log_lines())


def test_missing_usage_is_counted(stack) -> None:
    """A successful call without token numbers is counted, not guessed."""
    with stack.llm("gpt-4o"):
        pass
    assert sample(stack, "agent_usage_missing_total", model="gpt-4o") == 1


def test_error_is_marked_counted_once_and_goes_on(stack, finished, log_lines) -> None:
    """An exception passes unchanged; it is counted and told with its traceback where it began."""
    with (
        pytest.raises(ValueError, match="no such order"),
        stack.agent("support", agent_id="support-1", tenant_id="acme"),
        stack.tool("lookup_order"),
    ):
        raise ValueError("no such order")
    labels = {"error_type": "ValueError", "agent_id": "support-1", "tenant_id": "acme"}
    assert sample(stack, "agent_errors_total", **labels) == 1
    assert sample(stack, "agent_tool_calls_total", tool_name="lookup_order", status="failed") == 1
    told = [line for line in log_lines() if line["level"] == "ERROR"]
    assert len(told) == 1
    assert "no such order" in told[0]["exception"]["traceback"]
    spans = finished()
    assert spans["Tool.lookup_order"].attributes["error.type"] == "ValueError"
    assert not spans["Agent.Chat"].status.is_ok


def test_time_out_has_its_own_status(stack, log_lines) -> None:
    """A TimeoutError ends an operation as `timeout`."""
    with pytest.raises(TimeoutError), stack.llm("gpt-4o"):
        raise TimeoutError
    assert log_lines()[-1]["status"] == "timeout"


def test_two_hundred_agents_at_once_never_mix(stack, spans, log_lines) -> None:
    """Concurrent tasks: every span has its own agent above it, no field leaks."""

    async def one(number: int) -> None:
        async with stack.agent("support", tenant_id=f"tenant-{number}") as run:
            await asyncio.sleep(0)
            async with stack.tool("lookup"):
                await asyncio.sleep(0.001)
                logging.getLogger("host").info("mine", extra={"session_id": run.trace_id})

    async def main() -> None:
        await asyncio.gather(*(one(number) for number in range(200)))

    asyncio.run(main())
    assert stack.flush(5)
    agents = {
        span.context.trace_id: span
        for span in spans.get_finished_spans()
        if span.name == "Agent.Chat"
    }
    assert len(agents) == 200
    for span in spans.get_finished_spans():
        if span.name == "Tool.lookup":
            assert span.parent.span_id == agents[span.context.trace_id].context.span_id
    mine = [line for line in log_lines() if line["message"] == "mine"]
    assert len({line["tenant_id"] for line in mine}) == 200
    for line in mine:
        assert line["trace_id"] == line["session_id"]
        agent = agents[int(line["trace_id"], 16)]
        assert agent.attributes["tenant.id"] == line["tenant_id"]


def test_threads_that_carry_the_context_add_to_their_agent(stack) -> None:
    """Model calls in worker threads add up in the run that started them."""

    def call() -> None:
        with stack.llm("gpt-4o") as one:
            one.usage(input=10, output=1)

    with stack.agent("support") as run, ThreadPoolExecutor(8) as pool:
        for future in [pool.submit(copy_context().run, call) for _ in range(100)]:
            future.result()
    assert run.tokens_input == 1000
    assert run.llm_calls == 100


def test_generator_ended_elsewhere_leaves_no_context(stack, finished) -> None:
    """An operation inside a generator that is closed in another context breaks nothing."""

    def stream():
        with stack.llm("gpt-4o") as call:
            yield 1
            call.usage(input=1, output=1)
            yield 2

    generator = copy_context().run(lambda: (made := stream(), next(made))[0])
    generator.close()
    assert "chat gpt-4o" in finished()
    with stack.chain("after") as after:
        assert after.parent is None


def test_operation_ended_in_another_context_is_nobodys_parent(stack, finished) -> None:
    """Neither where it began nor in a copy, such as a task's, does anything go on below it."""

    def stream():
        with stack.agent("support", tenant_id="acme"):
            yield 1

    def end_and_go_on() -> None:
        generator.close()
        with stack.chain("there") as there:
            assert there.parent is above

    with stack.chain("above") as above:
        generator = stream()
        next(generator)
        copy_context().run(end_and_go_on)
        assert get_request_context().tenant_id == "acme"
        with stack.chain("here") as here:
            assert here.parent is above
            assert get_request_context().tenant_id is None
    spans = finished()
    for name in ("here", "Agent.Chat"):
        assert spans[name].parent.span_id == spans["above"].context.span_id


def test_a_fault_of_the_metrics_loses_no_span(make_stack, spans, monkeypatch) -> None:
    """When the metrics of an end fail, the span still ends and the context is put back."""
    stack = make_stack(strict=False)
    step = stack.chain("step")
    monkeypatch.setattr(step, "record_metrics", lambda: 1 / 0)
    with step:
        pass
    with stack.chain("after") as after:
        assert after.parent is None
    assert stack.flush(5)
    assert {span.name for span in spans.get_finished_spans()} == {"step", "after"}
    assert sample(stack, "telemetry_faults_total", where="chain.end") == 1


def test_broken_exporter_never_reaches_the_host(make_stack, spans, monkeypatch) -> None:
    """With an exporter that raises, the host's work goes on and the failures are counted."""

    def broken(_spans: object) -> None:
        raise RuntimeError("exporter is broken")

    monkeypatch.setattr(spans, "export", broken)
    stack = make_stack(strict=False)
    assert run_chat(stack).cost_usd
    stack.flush(0.3)
    assert sample(stack, "telemetry_export_failures_total", signal="traces") >= 1


def test_shutdown_counts_what_it_could_not_deliver(make_stack, spans, monkeypatch) -> None:
    """After shutdown: spans ended = delivered + dropped."""
    monkeypatch.setattr(spans, "export", lambda _spans: None)
    stack = make_stack(span_queue_size=10, shutdown_seconds=0.5)
    for _ in range(25):
        with stack.chain("step"):
            pass
    stack.shutdown()
    dropped = sum(
        sample(stack, "telemetry_dropped_total", signal="traces", reason=reason)
        for reason in ("queue_full", "shutdown", "rejected")
    )
    assert sample(stack, "telemetry_spans_ended_total") == dropped == 25
