"""Watched OpenAI clients: the calls stay as they were, each told once, tokens and cost right."""

import asyncio
import gc
from collections.abc import Callable, Iterator
from typing import Any

import openai
import pytest

from agent_telemetry import ObservabilityStack, Usage
from agent_telemetry.clients import watch_client
from tests.polling import wait_for

ASK = [{"role": "user", "content": "How long may I return my unused shoes?"}]
MODEL = "gpt-4o-mini"
Scraped = Callable[..., float]


@pytest.fixture
def client(stack: ObservabilityStack, simulator: str) -> Iterator[openai.OpenAI]:
    """A watched client of the simulator."""
    with openai.OpenAI(base_url=f"{simulator}/v1", api_key="k", max_retries=0) as plain:
        yield watch_client(plain, stack, stream_usage=True)


@pytest.fixture
def aclient(stack: ObservabilityStack, simulator: str) -> openai.AsyncOpenAI:
    """A watched asynchronous client of the simulator."""
    plain = openai.AsyncOpenAI(base_url=f"{simulator}/v1", api_key="k", max_retries=0)
    return watch_client(plain, stack, stream_usage=True)


def cost_of(stack: ObservabilityStack, usage: Any) -> float:
    """What a call costs by the provider's own numbers."""
    price = stack.prices.find(MODEL)
    assert price is not None
    details = usage.prompt_tokens_details
    return (
        price.cost(Usage(usage.prompt_tokens, usage.completion_tokens, details.cached_tokens))
        / 1e12
    )


def test_whole_answer(
    stack: ObservabilityStack, client: openai.OpenAI, scraped: Scraped, finished: Any
) -> None:
    """The answer is the package's own; span, tokens and cost are the provider's numbers."""
    answer = client.chat.completions.create(model=MODEL, messages=ASK)
    assert isinstance(answer, openai.types.chat.ChatCompletion)
    assert answer.usage is not None
    span = finished()[f"chat {MODEL}"]
    assert span.attributes["gen_ai.usage.input_tokens"] == answer.usage.prompt_tokens
    assert span.attributes["gen_ai.response.model"] == answer.model
    assert span.attributes["gen_ai.response.finish_reasons"] == ("stop",)
    assert scraped("ai_model_calls_total", model=MODEL, status="success") == 1
    assert scraped("ai_tokens_used_total", type="completion") == answer.usage.completion_tokens
    assert scraped("agent_api_cost_usd_total") == pytest.approx(cost_of(stack, answer.usage))


def test_whole_stream_is_asked_for_its_usage_and_the_caller_sees_none_of_it(
    client: openai.OpenAI, scraped: Scraped, finished: Any
) -> None:
    """Every piece has a choice, as without us, and yet tokens and cost are there."""
    stream = client.chat.completions.create(model=MODEL, messages=ASK, stream=True)
    assert isinstance(stream, openai.Stream)
    pieces = list(stream)
    assert all(piece.choices for piece in pieces)
    assert pieces[-1].choices[0].finish_reason == "stop"
    assert list(finished()) == [f"chat {MODEL}"]
    assert scraped("ai_tokens_used_total", type="completion") > 0
    assert scraped("agent_api_cost_usd_total") > 0
    assert scraped("agent_stream_outcome_total", outcome="completed") == 1
    assert scraped("gen_ai_client_operation_time_to_first_chunk_seconds_count") == 1


def test_own_wish_for_usage_is_left_alone(client: openai.OpenAI) -> None:
    """Who asks for the usage gets its piece."""
    stream = client.chat.completions.create(
        model=MODEL, messages=ASK, stream=True, stream_options={"include_usage": True}
    )
    assert list(stream)[-1].usage is not None


@pytest.mark.parametrize("leave", ["close", "with", "drop"])
def test_stream_left_early(
    client: openai.OpenAI, scraped: Scraped, finished: Any, leave: str
) -> None:
    """One span and one usage record, marked as an estimate, however the caller leaves."""
    stream = client.chat.completions.create(model=MODEL, messages=ASK, stream=True)
    next(stream)
    next(stream)
    if leave == "close":
        stream.close()
    elif leave == "with":
        with stream:
            pass
    raw = stream.response
    del stream
    gc.collect()
    wait_for(
        lambda: scraped("ai_model_calls_total", model=MODEL) == 1,
        within=5,
        what="the end of the call",
        pause=0.01,
    )
    raw.close()
    assert scraped("agent_stream_outcome_total", outcome="completed") == 0
    assert scraped("agent_stream_outcome_total") == 1
    assert scraped("ai_tokens_used_total", type="prompt") > 0
    wait_for(lambda: f"chat {MODEL}" in finished(), within=5, what="the span", pause=0.01)


def test_broken_off_loop_may_go_on(client: openai.OpenAI, scraped: Scraped) -> None:
    """A break does not end the call while the caller still holds the stream."""
    stream = client.chat.completions.create(model=MODEL, messages=ASK, stream=True)
    for _piece in stream:
        break
    assert scraped("ai_model_calls_total", model=MODEL) == 0
    assert list(stream)
    assert scraped("agent_stream_outcome_total", outcome="completed") == 1


def test_error_is_the_packages_own(
    client: openai.OpenAI, simulator: str, scraped: Scraped, finished: Any
) -> None:
    """An unknown model raises what the package raises, and counts as an error."""
    with pytest.raises(openai.NotFoundError):
        client.chat.completions.create(model="no-such-model", messages=ASK)
    assert scraped("ai_model_calls_total", status="error") == 1
    assert finished()["chat no-such-model"].attributes["error.type"]


def test_helpers_of_the_package_are_watched_too(
    client: openai.OpenAI, scraped: Scraped, finished: Any
) -> None:
    """The stream helper, the raw answer and a copy with other options: each call told once."""
    with client.chat.completions.stream(model=MODEL, messages=ASK) as stream:
        assert stream.get_final_completion().choices[0].message.content
    raw = client.chat.completions.with_raw_response.create(model=MODEL, messages=ASK)
    assert raw.parse().usage is not None
    client.with_options(timeout=30).chat.completions.create(model=MODEL, messages=ASK)
    assert scraped("ai_model_calls_total", model=MODEL, status="success") == 3
    assert scraped("agent_usage_missing_total") == 0


def test_embeddings(client: openai.OpenAI, scraped: Scraped, finished: Any) -> None:
    """An embedding is an operation of its own with its tokens and cost."""
    answer = client.embeddings.create(model="text-embedding-3-small", input=["one", "two words"])
    assert len(answer.data) == 2
    assert scraped("ai_tokens_used_total", type="prompt") == answer.usage.prompt_tokens
    assert "embeddings text-embedding-3-small" in finished()


def test_other_requests_are_none_of_our_business(
    client: openai.OpenAI, scraped: Scraped, finished: Any
) -> None:
    """Listing the models is no model call."""
    assert list(client.models.list())
    assert scraped("ai_model_calls_total") == 0
    assert finished() == {}


def test_call_inside_a_told_call_is_not_told_twice(
    stack: ObservabilityStack, client: openai.OpenAI, scraped: Scraped
) -> None:
    """A hand-written operation around a watched call: one call, one cost."""
    with stack.llm(MODEL) as call:
        answer = client.chat.completions.create(model=MODEL, messages=ASK)
        assert answer.usage is not None
        call.usage(input=answer.usage.prompt_tokens, output=answer.usage.completion_tokens)
    assert scraped("ai_model_calls_total", model=MODEL) == 1


def test_watching_twice_tells_once(
    stack: ObservabilityStack, client: openai.OpenAI, scraped: Scraped
) -> None:
    """The second watch of one client changes nothing."""
    again = watch_client(client, stack)
    again.chat.completions.create(model=MODEL, messages=ASK)
    assert scraped("ai_model_calls_total", model=MODEL) == 1


def test_asynchronous_client(aclient: openai.AsyncOpenAI, scraped: Scraped, finished: Any) -> None:
    """Whole answers and streams of many tasks at once; each call is told in its own context."""

    async def ask(number: int) -> None:
        if number % 2:
            await aclient.chat.completions.create(model=MODEL, messages=ASK)
            return
        stream = await aclient.chat.completions.create(model=MODEL, messages=ASK, stream=True)
        assert [piece async for piece in stream]

    async def run() -> None:
        await asyncio.gather(*[ask(number) for number in range(20)])
        await aclient.close()

    asyncio.run(run())
    assert scraped("ai_model_calls_total", model=MODEL, status="success") == 20
    assert scraped("agent_stream_outcome_total", outcome="completed") == 10
    assert finished()[f"chat {MODEL}"].parent is None


def test_cancelled_stream(aclient: openai.AsyncOpenAI, scraped: Scraped) -> None:
    """A task that is cancelled while it reads: one call, aborted, with estimated usage."""

    async def run() -> None:
        read = asyncio.Event()

        async def ask() -> None:
            stream = await aclient.chat.completions.create(model=MODEL, messages=ASK, stream=True)
            async with stream:
                async for _piece in stream:
                    read.set()
                    await asyncio.sleep(60)

        task = asyncio.create_task(ask())
        await read.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await aclient.close()

    asyncio.run(run())
    assert scraped("agent_stream_outcome_total", outcome="aborted") == 1
    assert scraped("ai_model_calls_total", model=MODEL) == 1


def test_foreign_client_is_refused(stack: ObservabilityStack) -> None:
    """What is no client of a known package is refused with what to do instead."""
    with pytest.raises(TypeError, match=r"stack\.llm"):
        watch_client(object(), stack)
