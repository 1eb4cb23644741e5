"""Streams of watched clients: whichever way a reader leaves, the call is told exactly once."""

import asyncio
import gc
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import anthropic
import openai
import pytest
from opentelemetry import trace

from agent_telemetry import ObservabilityStack
from agent_telemetry.clients import watch_client
from agent_telemetry.operations.operation import current_operation
from agent_telemetry.semconv import COST_AMOUNT
from tests.polling import wait_for

ASK = [{"role": "user", "content": "How long may I return my unused shoes?"}]
CUT = {"x-simulator-fault": "cut_stream"}
MODELS = {"openai": "gpt-4o-mini", "anthropic": "claude-haiku-4-5"}
#: How a stream is left, and what that is called afterwards.
WAYS = {
    "exhaust": "completed",
    "break_and_drop": "abandoned",
    "close": "aborted",
    "consumer_raises": "error",
    "stream_raises": "error",
    "cancel": "aborted",
    "collected_in_a_cycle": "abandoned",
}
#: A cancelled task has no twin in a thread; there it is Ctrl-C, which is an error of the call.
SYNC_WAYS = {name: outcome for name, outcome in WAYS.items() if name != "cancel"}
Scraped = Callable[..., float]


class ConsumerError(Exception):
    """What the reader of a stream raises."""


class Holder:
    """Keeps a stream in a cycle, so that only a collection finds it."""

    def __init__(self, stream: Any) -> None:
        self.stream = stream
        self.me = self


@pytest.fixture
def open_stream(
    stack: ObservabilityStack, simulator: str
) -> Iterator[Callable[[str, dict[str, str]], Any]]:
    """Open a stream of a watched synchronous client."""
    urls = {"openai": f"{simulator}/v1", "anthropic": simulator}
    clients: list[Any] = []

    def begin(provider: str, headers: dict[str, str]) -> Any:
        kind: Any = openai.OpenAI if provider == "openai" else anthropic.Anthropic
        client = kind(base_url=urls[provider], api_key="k", max_retries=0)
        clients.append(client)
        return _create(watch_client(client, stack, stream_usage=True), provider, headers)

    yield begin
    for client in clients:
        client.close()


def _create(client: Any, provider: str, headers: dict[str, str]) -> Any:
    given = {
        "model": MODELS[provider],
        "messages": ASK,
        "stream": True,
        "extra_headers": headers,
    }
    if provider == "openai":
        return client.chat.completions.create(**given)
    return client.messages.create(max_tokens=500, **given)


def leave(stream: Any, way: str) -> None:
    """Read a stream and leave it in one of the ways."""
    if way == "exhaust":
        assert list(stream)
    elif way == "break_and_drop":
        for _piece in stream:
            break
    elif way == "close":
        next(stream)
        stream.close()
    elif way == "consumer_raises":
        with pytest.raises(ConsumerError), stream:  # noqa: PT012
            for _piece in stream:
                raise ConsumerError
    elif way == "stream_raises":
        with pytest.raises(Exception, match=r"(?i)peer|closed|incomplete|connection"):
            list(stream)
    else:
        next(stream)
        Holder(stream)


async def leave_async(stream: Any, way: str) -> None:
    """Read an asynchronous stream and leave it in one of the ways."""
    if way == "exhaust":
        assert [piece async for piece in stream]
    elif way == "break_and_drop":
        async for _piece in stream:
            break
    elif way == "close":
        await anext(stream)
        await stream.close()
    elif way == "consumer_raises":
        with pytest.raises(ConsumerError):  # noqa: PT012
            async with stream:
                async for _piece in stream:
                    raise ConsumerError
    elif way == "stream_raises":
        with pytest.raises(Exception, match=r"(?i)peer|closed|incomplete|connection"):
            _ = [piece async for piece in stream]
    elif way == "cancel":
        await _cancel(stream)
    else:
        await anext(stream)
        Holder(stream)


async def _cancel(stream: Any) -> None:
    read = asyncio.Event()

    async def consume() -> None:
        async with stream:
            async for _piece in stream:
                read.set()
                await asyncio.Event().wait()

    task = asyncio.create_task(consume())
    await read.wait()
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
    assert task.cancelled()


def assert_told_once(scraped: Scraped, finished: Any, spans: Any, model: str, way: str) -> None:
    """One call, one usage record of each kind, one outcome, one span."""
    wait_for(
        lambda: scraped("ai_model_calls_total", model=model) == 1,
        within=5,
        what="the end of the call",
        pause=0.01,
    )
    assert scraped("agent_stream_outcome_total", outcome=WAYS[way]) == 1
    assert scraped("agent_stream_outcome_total") == 1
    assert scraped("agent_token_usage_count", type="input") == 1
    assert scraped("agent_token_usage_count", type="output") == 1
    assert scraped("gen_ai_client_operation_duration_seconds_count") == 1
    assert scraped("telemetry_faults_total") == 0
    finished()
    calls = [each for each in spans.get_finished_spans() if each.name == f"chat {model}"]
    assert len(calls) == 1
    assert calls[0].attributes["llm.stream.outcome"] == WAYS[way]
    assert scraped("agent_api_cost_usd_total") == calls[0].attributes[COST_AMOUNT] > 0
    outer = next(each for each in spans.get_finished_spans() if each.name == "outer")
    assert calls[0].parent.span_id == outer.context.span_id


@pytest.mark.parametrize("provider", MODELS)
@pytest.mark.parametrize("way", SYNC_WAYS)
def test_synchronous_stream(  # noqa: PLR0917 -- fixtures
    stack: ObservabilityStack, open_stream: Any, scraped: Scraped, finished: Any, spans: Any,
    provider: str, way: str,
) -> None:  # fmt: skip
    """One span, one usage, one outcome; around and afterwards the reader's own span is current."""
    with stack.chain("outer") as outer:
        stream = open_stream(provider, CUT if way == "stream_raises" else {})
        assert trace.get_current_span() is outer.span
        raw = stream.response
        leave(stream, way)
        del stream
        gc.collect()
        raw.close()
        assert trace.get_current_span() is outer.span
        assert current_operation() is outer
    assert not trace.get_current_span().get_span_context().is_valid
    assert_told_once(scraped, finished, spans, MODELS[provider], way)


def test_collection_that_finds_the_call_before_its_stream(
    open_stream: Any, scraped: Scraped, finished: Any
) -> None:
    """Whatever a collection finalizes first, the usage is in metrics and span."""
    stream = open_stream("openai", {})
    next(stream)
    raw = stream.response
    stream._self_watch._call.__del__()
    del stream
    gc.collect()
    raw.close()
    assert scraped("agent_stream_outcome_total", outcome="abandoned") == 1
    assert scraped("agent_usage_missing_total") == 0
    assert finished()["chat gpt-4o-mini"].attributes["gen_ai.usage.input_tokens"] > 0


@pytest.mark.parametrize("provider", MODELS)
@pytest.mark.parametrize("way", WAYS)
def test_asynchronous_stream(  # noqa: PLR0917 -- fixtures
    stack: ObservabilityStack, simulator: str, scraped: Scraped, finished: Any, spans: Any,
    provider: str, way: str,
) -> None:  # fmt: skip
    """The same for asynchronous clients, a cancelled task included."""
    kind: Any = openai.AsyncOpenAI if provider == "openai" else anthropic.AsyncAnthropic
    url = f"{simulator}/v1" if provider == "openai" else simulator

    async def run() -> None:
        client = kind(base_url=url, api_key="k", max_retries=0)
        watch_client(client, stack, stream_usage=True)
        with stack.chain("outer") as outer:
            stream = await _create(client, provider, CUT if way == "stream_raises" else {})
            assert trace.get_current_span() is outer.span
            raw = stream.response
            await leave_async(stream, way)
            del stream
            gc.collect()
            await raw.aclose()
            assert trace.get_current_span() is outer.span
            assert current_operation() is outer
        await client.close()

    asyncio.run(run())
    assert_told_once(scraped, finished, spans, MODELS[provider], way)
