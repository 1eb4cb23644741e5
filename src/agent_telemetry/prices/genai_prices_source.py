"""Prices of the ``genai-prices`` package, for models that neither table has.

Source: https://github.com/pydantic/genai-prices. Its bundled data are read, or those that the host
keeps up to date by ``genai_prices.UpdatePrices``; nothing is fetched here.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from agent_telemetry.prices.pricing import UNITS_PER_USD, Price

#: OpenTelemetry's name of a provider → the package's, where they differ.
_PROVIDERS = {
    "aws.bedrock": "aws",
    "azure.ai.inference": "azure",
    "azure.ai.openai": "azure",
    "gcp.gemini": "google",
    "gcp.gen_ai": "google",
    "gcp.vertex_ai": "google",
    "mistral_ai": "mistral",
    "x_ai": "x-ai",
}
_UNKNOWN = {"", "unknown"}
#: The package's name of a rate → ours.
_RATES = {
    "input_mtok": "input",
    "cache_read_mtok": "cached",
    "cache_write_mtok": "cache_write",
    "cache_write_1h_mtok": "cache_write_1h",
    "output_mtok": "output",
}
_UNITS_PER_TOKEN = UNITS_PER_USD // 10**6


class GenaiPrices:
    """Looks models up; reading the data takes about a second, the first time."""

    def find(self, model: str, provider: str) -> Price | None:
        """Return the price in force now, None when the model is not known.

        Only what is billed by the token is taken; a price by the hour, page or picture is none.

        Args:
            model: the model's name.
            provider: who answers, by OpenTelemetry's name; empty when that is not known.
        """
        from genai_prices import data_snapshot  # noqa: PLC0415 -- an optional package, and large

        wanted = None if provider in _UNKNOWN else _PROVIDERS.get(provider, provider)
        try:
            snapshot = data_snapshot.get_snapshot()
            found, known = snapshot.find_provider_model(model, None, wanted, None)
        except LookupError:
            return None
        rates = known.get_prices(datetime.now(UTC))
        return _price(found.id, model, {name: getattr(rates, name, None) for name in _RATES})


def _price(provider: str, model: str, rates: Mapping[str, Any]) -> Price | None:
    """Return our price for the package's rates, numbers or steps by the length of the prompt."""
    if rates["input_mtok"] is None or (rates["output_mtok"] is None and "embed" not in model):
        return None
    steps = {tier.start for rate in rates.values() if hasattr(rate, "tiers") for tier in rate.tiers}
    above: tuple[int, Price] | None = None
    for start in sorted(steps, reverse=True):
        above = (start, _flat(provider, model, rates, start, above))
    return _flat(provider, model, rates, 0, above)


def _flat(
    provider: str,
    model: str,
    rates: Mapping[str, Any],
    start: int,
    above: tuple[int, Price] | None,
) -> Price:
    """Return the price of calls with more prompt tokens than ``start``."""
    units = {
        ours: int(amount * _UNITS_PER_TOKEN)
        for theirs, ours in _RATES.items()
        if (amount := _amount(rates[theirs], start)) is not None
    }
    return Price(
        provider=provider,
        model=model,
        since=datetime.now(UTC).date(),
        input=units["input"],
        cached=units.get("cached", units["input"]),
        cache_write=units.get("cache_write", units["input"]),
        output=units.get("output", 0),
        cache_write_1h=units.get("cache_write_1h"),
        above=above,
    )


def _amount(rate: Any, start: int) -> Decimal | None:
    """Return USD for a million tokens where the prompt is longer than ``start``."""
    if rate is None or isinstance(rate, Decimal):
        return rate
    steps = [tier.price for tier in rate.tiers if tier.start <= start] if start else []
    return Decimal(steps[-1] if steps else rate.base)
