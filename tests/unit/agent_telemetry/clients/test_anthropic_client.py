"""Watched Anthropic clients: cache tokens counted as the conventions want, streams told once."""

import asyncio
from collections.abc import Callable, Iterator
from typing import Any

import anthropic
import pytest

from agent_telemetry import ObservabilityStack, Usage
from agent_telemetry.clients import watch_client

ASK = [{"role": "user", "content": "How long may I return my unused shoes?"}]
MODEL = "claude-haiku-4-5"
GIVEN: dict[str, Any] = {"model": MODEL, "max_tokens": 500, "messages": ASK}
Scraped = Callable[..., float]


@pytest.fixture
def client(stack: ObservabilityStack, simulator: str) -> Iterator[anthropic.Anthropic]:
    """A watched client of the simulator."""
    with anthropic.Anthropic(base_url=simulator, api_key="k", max_retries=0) as plain:
        yield watch_client(plain, stack)


def test_whole_answer_and_its_cost(
    stack: ObservabilityStack, client: anthropic.Anthropic, scraped: Scraped, finished: Any
) -> None:
    """Input is fresh + read + written; each is paid at its own price, to the cent."""
    system: list[Any] = [
        {"type": "text", "text": "Be brief. " * 400, "cache_control": {"type": "ephemeral"}}
    ]
    price = stack.prices.find(MODEL)
    assert price is not None
    expected = 0
    usages = []
    for _ in range(2):
        usage = client.messages.create(system=system, **GIVEN).usage
        read, written = usage.cache_read_input_tokens or 0, usage.cache_creation_input_tokens or 0
        whole = usage.input_tokens + read + written
        expected += price.cost(Usage(whole, usage.output_tokens, read, written))
        usages.append((whole, read, written))
    assert usages[0][2] > 0, "the first call writes the cache"
    assert usages[1][1] > 0, "the second call reads it"
    assert scraped("agent_api_cost_usd_total") == pytest.approx(expected / 1e12, abs=1e-12)
    assert scraped("ai_tokens_used_total", type="prompt") == sum(each[0] for each in usages)
    span = finished()[f"chat {MODEL}"]
    assert span.attributes["gen_ai.provider.name"] == "anthropic"
    assert span.attributes["gen_ai.response.finish_reasons"] == ("end_turn",)


def test_streams(client: anthropic.Anthropic, scraped: Scraped, finished: Any) -> None:
    """Both ways to stream give one call each with the provider's usage."""
    stream = client.messages.create(stream=True, **GIVEN)
    kinds = [event.type for event in stream]
    assert kinds[0] == "message_start"
    assert kinds[-1] == "message_stop"
    with client.messages.stream(**GIVEN) as helper:
        assert "".join(helper.text_stream)
        usage = helper.get_final_message().usage
    assert scraped("agent_stream_outcome_total", outcome="completed") == 2
    assert scraped("ai_tokens_used_total", type="completion") >= usage.output_tokens
    assert finished()[f"chat {MODEL}"].attributes["gen_ai.usage.output_tokens"] > 0


def test_stream_left_early(client: anthropic.Anthropic, scraped: Scraped) -> None:
    """Who leaves the helper early leaves one aborted call with the prompt's real numbers."""
    with client.messages.stream(**GIVEN) as helper:
        for _text in helper.text_stream:
            break
    assert scraped("agent_stream_outcome_total", outcome="aborted") == 1
    assert scraped("ai_tokens_used_total", type="prompt") > 0


def test_asynchronous_client(
    stack: ObservabilityStack, simulator: str, scraped: Scraped, finished: Any
) -> None:
    """The asynchronous client is watched as well."""
    plain = anthropic.AsyncAnthropic(base_url=simulator, api_key="k", max_retries=0)
    client = watch_client(plain, stack)

    async def run() -> None:
        await client.messages.create(**GIVEN)
        async with client.messages.stream(**GIVEN) as helper:
            assert await helper.get_final_text()
        await client.close()

    asyncio.run(run())
    assert scraped("ai_model_calls_total", model=MODEL, status="success") == 2


def test_error(client: anthropic.Anthropic, scraped: Scraped) -> None:
    """The package's own exception reaches the caller and counts once."""
    with pytest.raises(anthropic.NotFoundError):
        client.messages.create(model="no-such-model", max_tokens=5, messages=ASK)  # type: ignore[arg-type]
    assert scraped("ai_model_calls_total", status="error") == 1
