"""Prices from a further source: taken over exactly, and harmless when it is not well."""

import importlib.util
import os
import threading
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from genai_prices import Usage as TheirUsage
from genai_prices import calc_price
from hypothesis import given
from hypothesis import strategies as st

from agent_telemetry import ConfigurationError, PriceTable, Usage
from agent_telemetry.guard import Guard
from agent_telemetry.prices.genai_prices_source import GenaiPrices
from agent_telemetry.prices.pricing import Price
from agent_telemetry.prices.source import PatientSource
from tests.polling import wait_for

TABLE = PriceTable.load()
THEIR_NAME = {"gcp.gemini": "google"}
HOUSE = Price("house", "house-model", datetime.now(UTC).date(), 1, 1, 1, 2)


def theirs(model: str, provider: str, usage: Usage) -> int:
    """Return what the package itself says that a call costs, in units."""
    billed = TheirUsage(
        input_tokens=usage.input,
        output_tokens=usage.output,
        cache_read_tokens=usage.cached,
        cache_write_tokens=usage.cache_write,
        **({"cache_write_1h_tokens": usage.cache_write_1h} if usage.cache_write_1h else {}),
    )
    name = THEIR_NAME.get(provider, provider)
    found = calc_price(billed, model, provider_id=name).total_price * 10**12
    assert found == int(found)
    return int(found)


@st.composite
def usages(draw: st.DrawFn) -> Usage:
    """Make any usage that a provider may bill."""
    plain, cached, written = (draw(st.integers(0, 300_000)) for _ in range(3))
    hour = draw(st.integers(0, written))
    return Usage(plain + cached + written, draw(st.integers(0, 10**5)), cached, written, 0, hour)


@given(st.sampled_from(TABLE.models), usages())
def test_the_bundled_table_agrees_with_its_source(model: str, usage: Usage) -> None:
    """Every row of the table costs, to the last digit, what `genai-prices` says."""
    price = TABLE.find(model)
    if price.provider != "anthropic":
        usage = Usage(usage.input, usage.output, usage.cached, usage.cache_write)
    if "embedding" in model:
        usage = Usage(usage.input, 0)
    assert price.cost(usage) == theirs(model, price.provider, usage)


@pytest.mark.parametrize(
    ("model", "provider"),
    [
        ("mistral-large-latest", "mistral_ai"),
        ("llama-3.3-70b-versatile", "groq"),
        ("deepseek-chat", "deepseek"),
        ("grok-4", "x_ai"),
        ("gemini-2.5-pro", "gcp.vertex_ai"),
        ("anthropic.claude-sonnet-4-5-20250929-v1:0", "aws.bedrock"),
    ],
)
@given(usage=usages())
def test_further_models_cost_what_the_package_says(model, provider, usage) -> None:
    """A model that only the package knows costs what the package says, long prompts included."""
    names = {"mistral_ai": "mistral", "x_ai": "x-ai", "gcp.vertex_ai": "google"}
    names["aws.bedrock"] = "aws"
    usage = Usage(usage.input, usage.output, usage.cached)
    price = GenaiPrices().find(model, provider)
    assert price is not None
    assert price.cost(usage) == theirs(model, names.get(provider, provider), usage)


@pytest.mark.parametrize(
    ("model", "provider"),
    [
        ("llama-9", "openai"),
        ("house-model", ""),
        ("gpt-4o", "no-such-provider"),
        ("tts-1", "openai"),
    ],
)
def test_what_the_package_does_not_know_has_no_price(model: str, provider: str) -> None:
    """An unknown model, an unknown provider, or one billed by something else has no price."""
    assert GenaiPrices().find(model, provider) is None


def test_the_table_is_asked_first() -> None:
    """The source is asked only for what the table does not have."""

    class Source:
        def find(self, model: str, provider: str) -> Price | None:
            assert (model, provider) == ("house-model", "house")
            return HOUSE

    table = PriceTable.load(None, Source())
    assert table.price("gpt-4o", "openai") == TABLE.find("gpt-4o")
    assert table.price("house-model", "house") is HOUSE


def test_the_setting_prices_a_call(make_stack) -> None:
    """With the setting, a call of a model that only the package knows has a cost."""
    stack = make_stack(prices_source="genai-prices")
    source = stack.prices._source
    wait_for(lambda: source.find("mistral-large-latest", "mistral_ai"), within=60, what="the data")
    with stack.llm("mistral-large-latest", provider="mistral_ai") as call:
        call.usage(input=1_000_000, output=0)
    with stack.llm("llama-9", provider="mistral_ai") as unknown:
        unknown.usage(input=1_000_000, output=0)
    assert Decimal(str(call.cost_usd)) * 10**12 == theirs(
        "mistral-large-latest", "mistral", Usage(1_000_000, 0)
    )
    assert unknown.cost_usd is None


def test_a_wrong_setting_is_named_at_start(make_stack) -> None:
    """An unknown source stops the start."""
    with pytest.raises(ConfigurationError, match="AGENT_TELEMETRY_PRICES_SOURCE"):
        make_stack(prices_source="guess")


def test_a_missing_package_is_named_at_start(make_stack, monkeypatch) -> None:
    """Without the package the start stops and names the extra."""
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: None)
    with pytest.raises(ConfigurationError, match=r"agent-telemetry\[prices\]"):
        make_stack(prices_source="genai-prices")


def test_a_source_that_raises_gives_no_price() -> None:
    """A source that raises is counted, the call is unpriced, and the next question is asked."""
    faults: list[str] = []

    class Source:
        def find(self, model: str, provider: str) -> Price | None:
            if model == "bad":
                raise RuntimeError("source is broken")
            return HOUSE

    source = PatientSource(Source(), Guard(on_fault=faults.append), wait_seconds=30)
    assert source.find("bad", "") is None
    assert source.find("good", "") is HOUSE
    assert faults == ["prices.source"]


def test_a_source_that_hangs_stops_nobody() -> None:
    """While a question hangs no caller waits for it; when it comes back, answers are there."""
    freed = threading.Event()

    class Source:
        def find(self, model: str, provider: str) -> Price | None:
            freed.wait(60)
            return HOUSE

    source = PatientSource(Source(), Guard(strict=True), wait_seconds=0.01)
    for number in range(1000):
        assert source.find(f"model-{number}", "") is None
    assert len(source._questions) <= 100
    freed.set()
    wait_for(lambda: source.find("model-0", "") is HOUSE, within=30, what="an answer", pause=0.01)


@pytest.mark.filterwarnings("ignore:.*multi-threaded, use of fork:DeprecationWarning")
def test_a_forked_process_asks_anew() -> None:
    """After a fork the child has a thread of its own and gets its answers."""

    class Source:
        def find(self, model: str, provider: str) -> Price | None:
            return HOUSE

    source = PatientSource(Source(), Guard(strict=True), wait_seconds=30)
    assert source.find("one", "") is HOUSE
    pid = os.fork()
    if pid == 0:
        os._exit(0 if source.find("two", "") is HOUSE else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
