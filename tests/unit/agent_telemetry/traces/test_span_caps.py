"""Spans of bounded size, without halves of secrets, each with the length of what was cut."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from agent_telemetry import Settings, create_observability_stack
from agent_telemetry.redaction.redactor import Redactor
from agent_telemetry.redaction.spans import RedactingProcessors
from agent_telemetry.traces.span_caps import SpanCaps, cut
from tests.process.otlp_receiver import OtlpReceiver

KEY = "sk-proj-" + "aB3dE5gH7jK9mN1pQ3sT5vW7yZ9" * 2


def sent(
    attributes: dict[str, Any],
    events: list[tuple[str, dict[str, Any]]] | None = None,
    caps: SpanCaps | None = None,
    redactor: Redactor | None = None,
) -> ReadableSpan:
    """Return a span as a processor behind the caps gets it."""
    exporter = InMemorySpanExporter()
    provider = TracerProvider(
        shutdown_on_exit=False, active_span_processor=RedactingProcessors(redactor, caps)
    )
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    span = provider.get_tracer("test").start_span("step", attributes=attributes)
    for name, told in events or ():
        span.add_event(name, told)
    span.end()
    return exporter.get_finished_spans()[0]


def size(span: ReadableSpan) -> int:
    """Return the bytes of a span on the wire."""
    return encode_spans([span]).ByteSize()


@pytest.mark.parametrize("how", ["attribute", "guide", "event"])
def test_huge_prompt_arrives_with_its_batch(how: str) -> None:
    """A prompt of 20 MB: trace and neighbours arrive at a real backend, the length is noted."""
    with OtlpReceiver() as backend:
        stack = create_observability_stack(
            settings=Settings(
                service_name="a",
                otlp_traces_endpoint=f"{backend.url}/v1/traces",
                log_stdout=False,
                strict=True,
            )
        )
        prompt = "word " * 4_000_000
        try:
            with stack.chain("before"):
                pass
            if how == "guide":
                with stack.tracer.start_span("huge", attributes={"prompt": prompt}):
                    pass
            else:
                with stack.chain("huge") as step:
                    if how == "attribute":
                        step.set("prompt", prompt)
                    else:
                        step.event("asked", prompt=prompt)
            with stack.chain("after"):
                pass
            assert stack.flush(10)
        finally:
            stack.shutdown()
        found = {span.name: span for span in backend.spans}
        assert set(found) == {"before", "huge", "after"}
        assert sum(map(len, backend.bodies)) < 300_000
        tags = found["huge"].tags
        if how == "event":
            assert tags["telemetry.truncated"] == "true"
        else:
            assert tags["prompt.length"] == str(len(prompt))
            assert tags["prompt"] == prompt[:4096]
            assert "telemetry.truncated" not in tags


def test_largest_are_cut_first() -> None:
    """Of a span that is too large as a whole, small attributes and events stay whole."""
    caps = SpanCaps(attribute_length=None, span_bytes=20_000)
    span = sent(
        {"small": "whole", "number": 7, "large": "x" * 50_000, "list": ["y" * 9_000] * 3},
        [("asked", {"text": "z" * 30_000, "who": "me"})],
        caps,
    )
    assert span.attributes["small"] == "whole"
    assert span.attributes["number"] == 7
    assert span.attributes["large.length"] == 50_000
    assert span.attributes["telemetry.truncated"] is True
    assert dict(span.events[0].attributes)["who"] == "me"
    assert dict(span.events[0].attributes)["text.length"] == 30_000
    assert 10_000 < size(span) <= 20_000


def test_span_that_fits_stays_as_it_is() -> None:
    """A span just below the bound is neither cut nor marked, its lists stay lists."""
    given_attributes = {"text": "x" * 18_000, "list": ["y" * 100] * 2}
    span = sent(given_attributes, caps=SpanCaps(attribute_length=None, span_bytes=20_000))
    assert dict(span.attributes) == {"text": "x" * 18_000, "list": ("y" * 100,) * 2}


@given(
    st.dictionaries(
        st.text(min_size=1, max_size=300),
        st.text(max_size=5000) | st.integers(0, 9) | st.lists(st.text(max_size=900), max_size=9),
        max_size=40,
    ),
    st.lists(st.text(max_size=5000), max_size=60),
    st.integers(4096, 30_000),
)
def test_no_span_is_larger_than_it_may_be(
    attributes: dict[str, Any], texts: list[str], most: int
) -> None:
    """Whatever is put into a span, it fits on the wire into what was allowed."""
    events = [(text or "event", {"text": text}) for text in texts]
    span = sent(attributes, events, SpanCaps(attribute_length=None, span_bytes=most))
    assert size(span) <= most + 200


def test_attribute_is_cut_after_its_secrets_are_found() -> None:
    """A key at the cut is gone as a whole, with many findings before it, too."""
    caps = SpanCaps(attribute_length=100)
    for start in range(60, 101, 5):
        span = sent(
            {"text": "." * start + f" {KEY} " + f"{KEY} " * 200}, caps=caps, redactor=Redactor()
        )
        assert "sk-proj" not in span.attributes["text"]
        assert len(span.attributes["text"]) <= 100


def test_json_is_redacted_by_its_values() -> None:
    """Secrets that are escaped in JSON are found, what is JSON stays JSON, ids stay."""
    kind = "PRIVATE" + " KEY-----"  # in two pieces: no file here looks as if it held a key
    pem = f"-----BEGIN {kind}\nMIIabc\n-----END {kind}"
    value = {
        "config": 'password: "hunter2222"',
        "pem": pem,
        "n": {"api_key": "opaque"},
        "id": "1042",
    }
    whole = sent({"body": json.dumps(value)}, redactor=Redactor()).attributes["body"]
    told = json.loads(whole)
    assert told["id"] == "1042"
    assert told["n"] == {"api_key": "[redacted:secret]"}
    assert "hunter" not in whole
    assert "MIIabc" not in whole
    long = json.dumps([value, "x" * 9000])
    assert "hunter" not in sent({"body": long}, redactor=Redactor()).attributes["body"]
    assert "ada@" not in str(
        sent(
            {"map": {"a": ["ada@example.com"]}, "raw": b"ada@example.com"}, redactor=Redactor()
        ).attributes
    )


@given(st.text(max_size=300), st.integers(1, 100))
def test_cut_is_the_beginning(text: str, most: int) -> None:
    """Without findings the cut text is where the text begins."""
    told = cut(text, most, str)
    assert text.startswith(told)
    assert len(told) == min(len(text), most)


def test_operators_limit_is_heeded(monkeypatch, make_stack, spans) -> None:
    """The SDK's own variable replaces the library's bound; the length is noted all the same."""
    monkeypatch.setenv("OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT", "50")
    stack = make_stack()
    with stack.chain("step") as step:
        step.set("text", "x" * 100)
    assert stack.flush(5)
    found = spans.get_finished_spans()[0].attributes
    assert len(found["text"]) == 50
    assert found["text.length"] == 100
