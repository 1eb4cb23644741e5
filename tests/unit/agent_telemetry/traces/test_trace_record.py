"""A trace as the guides show it."""

import json

import pytest

from agent_telemetry.traces.trace_record import MOST_SPANS


def test_to_dict_has_the_guides_fields(stack) -> None:
    """The fields are exactly those of the guides, and the whole is JSON."""
    with stack.tracer.start_trace("chat") as chat, stack.tracer.start_span("ask", "llm"):
        stack.tracer.record_llm_call("gpt-4o", 100, 50, 0.25, 10)
    told = chat.to_dict()
    assert list(told) == [
        "trace_id",
        "name",
        "total_duration_ms",
        "total_cost_usd",
        "total_tokens",
        "span_count",
        "spans",
    ]
    assert (told["name"], told["total_cost_usd"], told["total_tokens"]) == ("chat", 0.25, 150)
    assert told["span_count"] == len(told["spans"]) == 1
    assert json.loads(json.dumps(told)) == told


def test_cost_and_tokens_count_once(stack) -> None:
    """The run's own sums, which stand on the agent's span, are not counted beside the calls."""
    with stack.tracer.start_trace("chat") as chat, stack.agent("support") as run:
        for _ in range(2):
            with stack.llm("gpt-4o") as call:
                call.usage(input=1000, output=100)
    assert chat.total_tokens == run.tokens_input + run.tokens_output == 2200
    assert chat.total_cost_usd == pytest.approx(run.cost_usd)


def test_duration_reaches_from_first_start_to_last_end(stack) -> None:
    """Two spans one after the other last together at least as long as each."""
    with stack.tracer.start_trace("chat") as chat:
        for name in ("one", "two"):
            with stack.tracer.start_span(name):
                pass
    first, second = chat.spans
    assert chat.total_duration_ms == pytest.approx((second.end - first.start) * 1000, abs=0.01)


def test_trace_without_spans_has_zeros(stack) -> None:
    """An empty trace can be shown."""
    with stack.tracer.start_trace("empty") as empty:
        pass
    told = empty.to_dict()
    assert (told["total_duration_ms"], told["total_cost_usd"], told["spans"]) == (0.0, 0, [])
    assert empty.root_span is None
    assert not empty.has_error


def test_spans_of_one_trace_are_bounded(stack) -> None:
    """A trace keeps 1000 spans and counts the rest."""
    with stack.tracer.start_trace("long") as long:
        for _ in range(MOST_SPANS + 5):
            with stack.chain("step"):
                pass
    assert (long.span_count, long.dropped_spans) == (MOST_SPANS, 5)
