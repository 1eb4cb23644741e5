"""What the simulator's SERVER spans tell of model calls, faults included."""

import asyncio

import httpx
import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode

from example_app.simulator import SimulatorSettings, create_simulator
from tests.unit.example_app.simulator.conftest import ANTHROPIC, KEY

TRACEPARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
CHAT = {"model": "gpt-4o-mini", "messages": [{"role": "user", "content": "Hello!"}]}
MESSAGE = {**CHAT, "model": "claude-haiku-4-5", "max_tokens": 999}
OPENAI = ("/v1/chat/completions", CHAT, KEY)
CLAUDE = ("/v1/messages", MESSAGE, ANTHROPIC)


async def _call(app, path, body, headers):
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://simulator") as client:
        return await client.post(path, json=body, headers=headers)


def span_of(call, fault=None, **fields):
    """The one span of a call and the answer; a cut answer is none."""
    exporter = InMemorySpanExporter()
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    app = create_simulator(
        SimulatorSettings(latency_scale=0, otlp_endpoint=""), tracer_provider=provider
    )
    path, body, headers = call
    headers = {**headers, "traceparent": TRACEPARENT}
    if fault:
        headers["x-simulator-fault"] = fault
    try:
        answer = asyncio.run(_call(app, path, {**body, **fields}, headers))
    except AssertionError:
        # The transport inside this process has no connection to break, and minds.
        answer = None
    (span,) = exporter.get_finished_spans()
    assert f"{span.context.trace_id:032x}" == TRACEPARENT.split("-")[1]
    return span, answer


@pytest.mark.parametrize("stream", [False, True])
def test_a_chat_completion_is_told_in_full(stream):
    """Operation, provider, models, id, tokens and the end, streamed or not."""
    span, answer = span_of(OPENAI, stream=stream)
    told = dict(span.attributes)
    assert told["gen_ai.operation.name"] == "chat"
    assert told["gen_ai.provider.name"] == "openai"
    assert told["gen_ai.request.model"] == "gpt-4o-mini"
    assert told["gen_ai.response.model"] == "gpt-4o-mini-2024-07-18"
    assert told["gen_ai.response.finish_reasons"] == ("stop",)
    assert told["gen_ai.usage.output_tokens"] > 0
    assert told["gen_ai.response.id"] in answer.text
    if not stream:
        usage = answer.json()["usage"]
        assert told["gen_ai.usage.input_tokens"] == usage["prompt_tokens"]
        assert told["gen_ai.usage.output_tokens"] == usage["completion_tokens"]
    assert span.status.status_code is StatusCode.UNSET
    assert "simulator.faults" not in told


def test_a_message_counts_the_cached_part_as_input():
    """Anthropic's usage leaves cached tokens out of the input; the span's input has them."""
    text = {"type": "text", "text": "x" * 4000, "cache_control": {"type": "ephemeral"}}
    span, answer = span_of(CLAUDE, system=[text])
    usage = answer.json()["usage"]
    told = span.attributes
    assert span.name == "POST /v1/messages"
    assert told["gen_ai.provider.name"] == "anthropic"
    assert told["gen_ai.response.finish_reasons"] == ("end_turn",)
    written = usage["cache_creation_input_tokens"]
    assert told["gen_ai.usage.cache_creation.input_tokens"] == written > 900
    assert told["gen_ai.usage.input_tokens"] == written + usage["input_tokens"]


def test_reasoning_tokens_are_told():
    """What a reasoning model thought is part of the output and told by itself."""
    span, _ = span_of(OPENAI, model="o4-mini")
    told = span.attributes
    assert 0 < told["gen_ai.usage.reasoning.output_tokens"] < told["gen_ai.usage.output_tokens"]


def test_embeddings_are_told():
    """The span of embeddings has the operation's name, the models and the tokens read."""
    body = {"model": "text-embedding-3-small", "input": "four more words here"}
    span, _ = span_of(("/v1/embeddings", body, KEY))
    assert span.attributes["gen_ai.operation.name"] == "embeddings"
    assert span.attributes["gen_ai.response.model"] == "text-embedding-3-small"
    assert span.attributes["gen_ai.usage.input_tokens"] == 5


@pytest.mark.parametrize(
    ("call", "fault", "error"),
    [
        (OPENAI, "provider_500", "500"),
        (OPENAI, "provider_429", "requests"),
        (CLAUDE, "provider_500;status=529", "529"),
        (CLAUDE, "provider_429", "rate_limit_error"),
        (CLAUDE, "provider_timeout;hold_seconds=0", "504"),
    ],
)
def test_a_fault_that_answers_with_an_error_marks_the_span(call, fault, error):
    """The span is an error, names it and the fault, and has no tokens."""
    span, answer = span_of(call, fault)
    assert answer.status_code >= 429
    assert span.status.status_code is StatusCode.ERROR
    assert span.attributes["error.type"] == error
    assert span.attributes["simulator.faults"] == (fault.partition(";")[0],)
    assert span.attributes["gen_ai.request.model"] == call[1]["model"]
    assert "gen_ai.usage.output_tokens" not in span.attributes


@pytest.mark.parametrize("call", [OPENAI, CLAUDE], ids=["openai", "anthropic"])
@pytest.mark.parametrize("stream", [False, True])
def test_a_cut_answer_marks_the_span(call, stream):
    """The status line was 200, yet the span is an error without tokens or an end."""
    span, answer = span_of(call, "cut_stream", stream=stream)
    assert answer is None
    assert span.status.status_code is StatusCode.ERROR
    assert span.attributes["error.type"] == "connection_cut"
    assert span.attributes["http.response.status_code"] == 200
    assert "gen_ai.usage.output_tokens" not in span.attributes
    assert "gen_ai.response.finish_reasons" not in span.attributes


def test_a_burst_shows_in_the_tokens():
    """The tokens of a burst are told, and what caused them."""
    span, _ = span_of(OPENAI, "token_burst")
    assert span.attributes["gen_ai.usage.output_tokens"] == 30_000
    assert span.attributes["simulator.faults"] == ("token_burst",)
    assert span.status.status_code is StatusCode.UNSET


def test_the_callers_mistake_is_no_error_of_the_server():
    """A 4xx has its type, and leaves the status open as HTTP's conventions want it."""
    span, answer = span_of(CLAUDE, model="claude-99")
    assert answer.status_code == 404
    assert span.attributes["error.type"] == "not_found_error"
    assert span.status.status_code is StatusCode.UNSET
