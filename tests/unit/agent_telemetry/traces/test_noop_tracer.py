"""The tracer when tracing is off."""

import inspect

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from agent_telemetry import NoopTracer, Tracer
from agent_telemetry.traces.noop_tracer import NoopSpan
from agent_telemetry.traces.span_record import Span
from tests.scrape import scraped


def public(kind: type) -> set[str]:
    """Return the names that a user may call."""
    return {name for name in dir(kind) if not name.startswith("_")}


def test_it_has_every_method_of_the_tracer() -> None:
    """Nothing that works with the tracer breaks without it."""
    assert public(Tracer) <= public(NoopTracer)
    assert public(Span) <= public(NoopSpan)
    for name in public(Tracer) - {"start_as_current_span", "otel", "metrics"}:
        real = list(inspect.signature(getattr(Tracer, name)).parameters.values())[1:]
        takes = inspect.signature(getattr(NoopTracer(), name))
        takes.bind(*[None for each in real if each.kind is each.POSITIONAL_OR_KEYWORD])
        takes.bind(**{each.name: None for each in real if each.kind is not each.VAR_POSITIONAL})


def test_it_takes_everything_and_keeps_nothing() -> None:
    """The whole interface works; exceptions go on."""
    tracer = NoopTracer("off")
    tracer.add_exporter(pytest.fail)
    with tracer.start_trace("t") as trace, tracer.start_span("s", "llm", {"a": 1}) as span:
        span.set_attribute("a", 1)
        span.set_error("no")
        span.add_event("e", {"a": 1})
        tracer.record_llm_call("gpt-4o", 1, 1, 0.1, 1)
        tracer.record_tool_call("find", success=True, duration_ms=1)
        tracer.mark_complete(span.span_id)
        span.finish()
    assert trace.to_dict()["spans"] == []
    assert span.to_dict().keys() == Tracer("on").start_span("s").to_dict().keys()
    assert tracer.flush()
    tracer.shutdown()
    with pytest.raises(ValueError, match="mine"), tracer.start_span("s"):
        raise ValueError("mine")


def test_it_makes_no_new_objects_for_spans() -> None:
    """Every span is the same object: next to no cost."""
    tracer = NoopTracer()
    assert tracer.start_span("a") is tracer.start_span("b", "llm", {"a": 1})
    assert tracer.start_trace("a") is tracer.start_trace("b")


def test_stack_uses_it_when_tracing_is_off(make_stack, monkeypatch) -> None:
    """With OTEL_SDK_DISABLED the same code runs, requests are served and metrics still move."""
    monkeypatch.setenv("OTEL_SDK_DISABLED", "true")
    stack = make_stack()
    assert isinstance(stack.tracer, NoopTracer)
    app = FastAPI()

    @app.get("/hello")
    def hello() -> str:
        with stack.tracer.start_span("step"), stack.llm("gpt-4o") as call:
            call.usage(input=1, output=1)
        return "hello"

    stack.instrument(app)
    with TestClient(app) as client:
        assert client.get("/hello").json() == "hello"
    assert scraped(stack, "ai_model_calls_total", model="gpt-4o", status="success") == 1
    assert scraped(stack, "http_requests_total", endpoint="/hello") == 1
    assert stack.dashboard.get_summary() == {"message": "No traces recorded"}
