"""The testing module: what a user's own test sees of the telemetry."""

import logging

import pytest

from agent_telemetry import ObservabilityStack
from agent_telemetry.testing import capture


def answer(stack: ObservabilityStack) -> None:
    """Stand in for a user's agent."""
    with stack.agent("support", tenant_id="acme"), stack.llm("gpt-4o") as call:
        call.usage(input=812, output=133)
    logging.getLogger("my.agent").info("done", extra={"event": "my_event", "size": 3})


def test_spans_metrics_and_logs_are_there_after_the_end() -> None:
    """All three can be read inside and after the block."""
    with capture() as told:
        answer(told.stack)
        assert told.metric("ai_model_calls_total", model="gpt-4o", status="success") == 1
    attributes = told.span("chat gpt-4o").attributes
    assert attributes is not None
    assert attributes["gen_ai.usage.output_tokens"] == 133
    assert told.metric("agent_api_cost_usd_total", model="gpt-4o", tenant_id="acme") > 0
    assert told.log("llm_end")["cost_usd"] > 0
    assert told.log("my_event")["extra"] == {"size": 3}


def test_missing_span_says_what_there_is() -> None:
    """The failure's text lists the spans and the events."""
    with capture() as told:
        answer(told.stack)
        with pytest.raises(AssertionError, match=r"chat gpt-4o"):
            told.span("chat gpt-5")
        with pytest.raises(AssertionError, match="my_event"):
            told.log("nothing")


def test_root_logger_is_as_before() -> None:
    """Handlers and level are put back, also after a failure."""
    root = logging.getLogger()
    before = (list(root.handlers), root.level)
    with pytest.raises(RuntimeError), capture(log_level="DEBUG"):
        raise RuntimeError
    assert (root.handlers, root.level) == before
