"""Calls that are told afterwards show what was said, only with content capture."""

import asyncio
import json
from typing import Any

import pytest

from agent_telemetry import monitored_ai_call
from agent_telemetry.content.mode import ContentMode

INPUT, OUTPUT = "gen_ai.input.messages", "gen_ai.output.messages"


def tell(stack: Any) -> None:
    """Tell of a model call and a tool call within a span of the guides' tracer."""
    with stack.tracer.start_span("answer", "chain"):
        stack.tracer.record_llm_call(
            "gpt-4o", 10, 5, None, 20, input="I am ada@example.com", output="Hello."
        )
        stack.tracer.record_tool_call(
            "lookup", duration_ms=3, arguments={"id": "1"}, result="shipped"
        )


def attributes(stack: Any, spans: Any) -> dict[str, Any]:
    """Return the attributes of the one span."""
    assert stack.flush(5)
    (span,) = spans.get_finished_spans()
    return dict(span.attributes)


def test_the_span_around_them_shows_it(make_stack, spans) -> None:
    """Messages, arguments and result are on the current span, redacted."""
    stack = make_stack(content=ContentMode.SPAN_ONLY)
    tell(stack)
    found = attributes(stack, spans)
    assert json.loads(found[INPUT])[0]["parts"][0]["content"] == "I am [redacted:email]"
    assert json.loads(found[OUTPUT])[0]["parts"][0]["content"] == "Hello."
    assert json.loads(found["gen_ai.tool.call.arguments"]) == {"id": "1"}
    assert found["gen_ai.tool.call.result"] == "shipped"


@pytest.mark.parametrize("mode", [ContentMode.NO_CONTENT, ContentMode.EVENT_ONLY])
def test_the_span_shows_nothing(make_stack, spans, log_lines, mode) -> None:
    """By default nothing is shown; with EVENT_ONLY one log record has it."""
    stack = make_stack(content=mode)
    tell(stack)
    text = json.dumps(attributes(stack, spans), default=str)
    for word in ("I am", "Hello", "shipped"):
        assert word not in text
    lines = [each for each in log_lines() if "inference.operation.details" in each.get("event", "")]
    assert len(lines) == (mode is ContentMode.EVENT_ONLY)


def test_content_that_cannot_be_told_is_a_fault_of_ours(make_stack) -> None:
    """A word that `capture` does not know neither raises nor passes unseen."""
    stack = make_stack(strict=False)
    stack.tracer.record_llm_call("gpt-4o", 10, 5, question="?")
    faults = stack.registry.get_sample_value(
        "telemetry_faults_total", {"where": "tracer.record_llm_call"}
    )
    assert faults == 1


def test_monitored_call(make_stack, spans) -> None:
    """A monitored call shows prompt and answer."""
    stack = make_stack(content=ContentMode.SPAN_ONLY)

    def call(_prompt: str, _model: str) -> str:
        return "Hello."

    asyncio.run(monitored_ai_call("I am ada@example.com", "gpt-4o", call=call, stack=stack))
    found = attributes(stack, spans)
    assert json.loads(found[INPUT])[0]["parts"][0]["content"] == "I am [redacted:email]"
    assert json.loads(found[OUTPUT])[0]["parts"][0]["content"] == "Hello."
