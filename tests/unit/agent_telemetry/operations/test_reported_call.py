"""Calls that are told afterwards: the same numbers as calls that were watched."""

import pytest

from agent_telemetry.operations.reported_call import report_model_call, report_tool_call
from agent_telemetry.prices.pricing import Usage
from tests.scrape import scraped


def test_the_run_above_adds_them_up(stack, log_lines) -> None:
    """Two told calls in a span of kind llm are two calls of the run, with their tokens and cost."""
    with stack.agent("support") as run:
        with stack.tracer.start_span("ask", "llm"):
            stack.tracer.record_llm_call("gpt-4o", 100, 50, 0.25, 10)
            stack.tracer.record_llm_call("gpt-4o", 100, 50, 0.25, 10)
        with stack.tracer.start_span("find", "tool"):
            stack.tracer.record_tool_call("find", success=True, duration_ms=5)
    assert (run.llm_calls, run.tool_calls) == (2, 1)
    assert (run.tokens_input, run.tokens_output, run.cost_usd) == (200, 100, 0.5)
    ends = [line["event"] for line in log_lines() if line.get("event", "").endswith("_end")]
    assert (ends.count("llm_end"), ends.count("tool_end"), ends.count("agent_end")) == (2, 1, 1)


def test_money_agrees_everywhere(stack, finished, log_lines) -> None:
    """Counter, ledger's log lines and span show the cost that was told, not the table's."""
    with stack.tracer.start_span("ask", "llm", {"tenant_id": "acme"}):
        report_model_call(stack.signals, "gpt-4o", usage=Usage(1000, 100), cost_usd=0.125)
    assert scraped(stack, "agent_api_cost_usd_total", model="gpt-4o", tenant_id="acme") == 0.125
    span = finished()["ask"]
    assert span.attributes["gen_ai.usage.cost.amount"] == 0.125
    assert span.attributes["gen_ai.usage.cost.source"] == "reported"
    told = [line["cost_usd"] for line in log_lines() if line.get("event") == "llm_end"]
    assert told == [0.125]


def test_failures_are_failures(stack, log_lines) -> None:
    """A told failure counts as an error of the model or tool, by its own word."""
    report_model_call(stack.signals, "gpt-4o", usage=None, seconds=2, error_type="rate_limited")
    report_tool_call(stack.signals, "find", seconds=1, error_type="not_found")
    assert scraped(stack, "ai_model_calls_total", model="gpt-4o", status="error") == 1
    assert scraped(stack, "agent_errors_total", error_type="rate_limited") == 1
    assert scraped(stack, "agent_errors_total", error_type="not_found") == 1
    durations = [line["duration_seconds"] for line in log_lines() if "duration_seconds" in line]
    assert durations == [pytest.approx(2, abs=0.1), pytest.approx(1, abs=0.1)]


def test_duration_is_that_of_the_span_when_it_is_not_told(stack, log_lines) -> None:
    """Without a duration the call took as long as the span around it until now."""
    with stack.tracer.start_span("ask", "llm") as span:
        report_model_call(stack.signals, "gpt-4o", usage=Usage(1, 1))
    (line,) = [line for line in log_lines() if line.get("event") == "llm_end"]
    assert 0 < line["duration_seconds"] * 1000 <= span.duration_ms


def test_span_around_keeps_its_name_status_and_end(stack, finished) -> None:
    """A told call borrows the span: it neither renames, fails nor ends it."""
    with stack.tracer.start_span("my step"):
        report_tool_call(stack.signals, "find", seconds=1, error_type="not_found")
        with stack.chain("below"):
            pass
    spans = finished()
    assert spans["my step"].status.is_unset
    assert "gen_ai.tool.name" not in spans["my step"].attributes
    assert spans["below"].parent.span_id == spans["my step"].context.span_id


def test_span_in_which_calls_were_recorded_can_still_fail(stack) -> None:
    """After a good call the step around it may fail: one good call, one error of the step."""
    with stack.tracer.start_span("ask", "llm") as span:
        stack.tracer.record_llm_call("gpt-4o", 10, 10, 0.1, 5)
        span.set_error(ValueError("parse"))
    assert scraped(stack, "ai_model_calls_total", model="gpt-4o", status="success") == 1
    assert scraped(stack, "ai_model_calls_total", model="gpt-4o", status="error") == 0
    assert scraped(stack, "agent_errors_total", error_type="ValueError") == 1
