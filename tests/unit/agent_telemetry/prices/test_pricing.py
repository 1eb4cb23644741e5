"""Prices: every dollar right, an unknown model never free."""

import json
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_telemetry import ConfigurationError, PriceTable, Usage
from agent_telemetry.prices.pricing import usd

TABLE = PriceTable.load()


@pytest.mark.parametrize(
    ("model", "usage", "expected"),
    [
        ("gpt-4o", Usage(1_000_000, 0), "2.50"),
        ("gpt-4o", Usage(0, 1_000_000), "10"),
        ("gpt-4o", Usage(1_000_000, 0, cached=400_000), "2.00"),
        ("gpt-4o-mini", Usage(812, 133, cached=512), "0.0001632"),
        ("gpt-4o-mini-2024-07-18", Usage(1000, 1000), "0.00075"),
        ("o4-mini", Usage(1000, 2000, reasoning=1500), "0.0099"),
        ("claude-sonnet-4-20250514", Usage(3000, 100, cached=1000, cache_write=1000), "0.00855"),
        ("text-embedding-3-small", Usage(1_000_000, 0), "0.02"),
        ("gemini-2.0-flash", Usage(1_000_000, 1_000_000), "0.50"),
        ("gpt-3.5-turbo", Usage(2_000_000, 0), "1.00"),
        ("o1-pro", Usage(1000, 1000), "0.75"),
        ("gemini-2.0-flash-exp", Usage(1_000_000, 1_000_000), "0.50"),
        ("gemini-2.0-flash-001", Usage(1_000_000, 0), "0.10"),
        ("claude-opus-4-5@20251101", Usage(1_000_000, 0), "5"),
        ("gpt-4o-2024-05-13", Usage(1_000_000, 0), "5"),
        # OpenAI: cached tokens are part of the prompt's.
        ("gpt-5", Usage(10_000, 0, cached=8_000), "0.0035"),
        # Anthropic: read 0.1, written for 5 minutes 1.25, for an hour 2 times the input's price.
        ("claude-sonnet-4-5", Usage(10_000, 0, cached=10_000), "0.003"),
        ("claude-sonnet-4-5", Usage(10_000, 0, cache_write=10_000), "0.0375"),
        (
            "claude-sonnet-4-5",
            Usage(10_000, 0, cache_write=10_000, cache_write_1h=4_000),
            "0.0465",
        ),
        # Long prompts: one token more makes all tokens dearer.
        ("gemini-2.5-pro", Usage(200_000, 1_000), "0.26"),
        ("gemini-2.5-pro", Usage(200_001, 1_000), "0.5150025"),
    ],
)
def test_cost_is_what_the_provider_bills(model: str, usage: Usage, expected: str) -> None:
    """The cost of a call equals the hand-made sum from the provider's price page."""
    price = TABLE.find(model)
    assert price is not None
    assert Decimal(price.cost(usage)) / 10**12 == Decimal(expected)


@pytest.mark.parametrize("model", ["gpt-99", "", "gpt-4o-mini-turbo", "llama"])
def test_unknown_model_has_no_price(model: str) -> None:
    """A model that is not in the table has no price, rather than a price of zero."""
    assert TABLE.find(model) is None


def test_price_of_the_day_is_used() -> None:
    """Before a price is in force the model has none."""
    assert TABLE.find("gpt-5", date(2025, 8, 7)) is not None
    assert TABLE.find("gpt-5", date(2025, 8, 6)) is None


def test_a_price_that_changed_holds_from_its_day() -> None:
    """A call is priced by its day, on both sides of a change."""
    call = Usage(1_000_000, 0)
    assert TABLE.find("o3", date(2025, 6, 9)).cost(call) == 10 * 10**12
    assert TABLE.find("o3", date(2025, 6, 10)).cost(call) == 2 * 10**12


@pytest.mark.parametrize("since", [{}, {"from": "2020-01-01"}])
def test_own_prices_win_whatever_their_day(tmp_path: Path, since: dict[str, str]) -> None:
    """A row of one's own is asked before the bundled table, for snapshots of the model too."""
    own = tmp_path / "prices.json"
    row = {"model": "gpt-4o", **since, "input": "7", "output": "8"}
    own.write_text(json.dumps({"prices": [row]}))
    table = PriceTable.load(own)
    assert table.find("gpt-4o").cost(Usage(1, 0)) == 7_000_000
    assert table.find("gpt-4o-2024-05-13").cost(Usage(1, 0)) == 7_000_000
    assert table.find("gpt-4o-mini") == TABLE.find("gpt-4o-mini")


def test_own_prices_of_a_later_day_wait(tmp_path: Path) -> None:
    """Before its day a row of one's own leaves the bundled price in force."""
    own = tmp_path / "prices.json"
    row = {"model": "gpt-4o", "from": "2030-01-01", "input": "7", "output": "8"}
    own.write_text(json.dumps({"prices": [row]}))
    assert PriceTable.load(own).find("gpt-4o", date(2029, 12, 31)) == TABLE.find("gpt-4o")


def test_own_prices_may_rise_with_the_prompt(tmp_path: Path) -> None:
    """A row may hold other prices for long prompts, and for what is cached for an hour."""
    own = tmp_path / "prices.json"
    row = {
        "model": "house",
        "input": "1",
        "cache_write": "2",
        "cache_write_1h": "3",
        "output": "4",
        "above": {"prompt_tokens": 10, "input": "5", "output": "6"},
    }
    own.write_text(json.dumps({"prices": [row]}))
    price = PriceTable.load(own).find("house")
    assert price.cost(Usage(10, 1, cache_write=4, cache_write_1h=1)) == (6 + 6 + 3 + 4) * 10**6
    assert price.cost(Usage(11, 1)) == (55 + 6) * 10**6


def test_own_prices_win(tmp_path: Path) -> None:
    """A file of own prices adds models and replaces later prices."""
    own = tmp_path / "prices.json"
    row = {"model": "house-model", "input": "1", "output": "2.5"}
    newer = {"model": "gpt-4o", "from": "2026-01-01", "input": "7", "output": "8"}
    own.write_text(json.dumps({"prices": [row, newer]}))
    table = PriceTable.load(own)
    assert table.find("house-model").cost(Usage(1, 1)) == 3_500_000
    assert table.find("gpt-4o").cost(Usage(1, 0)) == 7_000_000


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        '{"prices": [{"model": "x"}]}',
        '{"prices": [{"model": "x", "input": "-1", "output": "1"}]}',
        '{"prices": [{"model": "x", "input": "NaN", "output": "1"}]}',
        '{"prices": [{"model": "x", "input": "1", "output": "1", "above": {"input": "1"}}]}',
        '{"prices": [{"model": "x", "from": "soon", "input": "1", "output": "1"}]}',
    ],
)
def test_wrong_file_is_named_at_start(tmp_path: Path, text: str) -> None:
    """A broken file of own prices stops the start with its variable's name."""
    own = tmp_path / "prices.json"
    own.write_text(text)
    with pytest.raises(ConfigurationError, match="AGENT_TELEMETRY_PRICES_FILE"):
        PriceTable.load(own)


@given(
    st.integers(0, 10**7),
    st.integers(0, 10**7),
    st.integers(0, 10**7),
    st.sampled_from(TABLE.models),
)
def test_cost_is_additive_and_never_negative(
    prompt: int, output: int, cached: int, model: str
) -> None:
    """Two halves of a bill cost what the whole costs, to the last digit."""
    price = TABLE.find(model)
    usage = Usage(prompt + cached, output, cached=cached)
    assert price.cost(usage) >= 0
    limit = price.above[0] if price.above is not None else 10**9
    if usage.input * 2 <= limit or usage.input > limit:
        assert price.cost(usage) + price.cost(usage) == price.cost(usage + usage)
    assert usd(price.cost(usage)) == pytest.approx(price.cost(usage) / 1e12)
