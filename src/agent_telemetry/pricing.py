"""What a model call costs, from a small dated price table; an unknown model has no cost."""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from importlib import resources
from pathlib import Path

from agent_telemetry.exceptions import ConfigurationError

#: Money is added up in whole units of 1e-12 USD, so that no sum drifts.
UNITS_PER_USD = 10**12
_UNITS_PER_TOKEN = UNITS_PER_USD // 10**6
_SNAPSHOT = re.compile(r"-(\d{4}-\d{2}-\d{2}|\d{8}|latest)$")


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of one model call.

    Attributes:
        input: all prompt tokens, those from and into the provider's cache included.
        output: all tokens produced, reasoning included.
        cached: prompt tokens read from the provider's cache.
        cache_write: prompt tokens written into it.
        reasoning: tokens thought but not shown; part of ``output``, priced as such.
    """

    input: int
    output: int
    cached: int = 0
    cache_write: int = 0
    reasoning: int = 0

    def __add__(self, more: "Usage") -> "Usage":
        return Usage(
            self.input + more.input,
            self.output + more.output,
            self.cached + more.cached,
            self.cache_write + more.cache_write,
            self.reasoning + more.reasoning,
        )


@dataclass(frozen=True, slots=True)
class Price:
    """Prices of one model in units of 1e-12 USD for one token, in force since a day."""

    provider: str
    model: str
    since: date
    input: int
    cached: int
    cache_write: int
    output: int

    def cost(self, usage: Usage) -> int:
        """Return the cost of a call in units of 1e-12 USD."""
        plain = max(0, usage.input - usage.cached - usage.cache_write)
        return (
            plain * self.input
            + usage.cached * self.cached
            + usage.cache_write * self.cache_write
            + usage.output * self.output
        )


class PriceTable:
    """Prices by model and day.

    Args:
        rows: the prices; a later row for the same model and day replaces an earlier one.
        checked: the day on which the table was last compared with the providers' pages.
    """

    def __init__(self, rows: Iterable[Price], checked: date) -> None:
        self.checked = checked
        by_day = {(row.model, row.since): row for row in rows}
        self._by_model: dict[str, list[Price]] = {}
        for row in sorted(by_day.values(), key=lambda row: row.since, reverse=True):
            self._by_model.setdefault(row.model, []).append(row)

    @classmethod
    def load(cls, own: Path | None = None) -> "PriceTable":
        """Read the bundled table and lay a file of own prices over it.

        Raises:
            ConfigurationError: the file of own prices cannot be read or has a wrong row.
        """
        bundled = json.loads(
            resources.files(__package__).joinpath("prices.json").read_text("utf-8")
        )
        rows = [_price(row) for row in bundled["prices"]]
        if own is not None:
            try:
                rows += [_price(row) for row in json.loads(own.read_text("utf-8"))["prices"]]
            except (OSError, ValueError, KeyError, TypeError, InvalidOperation) as error:
                raise ConfigurationError(
                    "AGENT_TELEMETRY_PRICES_FILE",
                    str(own),
                    f"a JSON file like agent_telemetry/prices.json ({error!r})",
                ) from None
        return cls(rows, date.fromisoformat(bundled["checked"]))

    def find(self, model: str, day: date | None = None) -> Price | None:
        """Return the price in force, None when the model is not known.

        A dated snapshot (``gpt-4o-2024-08-06``) has its model's price unless it has a row.
        """
        rows = self._by_model.get(model) or self._by_model.get(_SNAPSHOT.sub("", model))
        if rows is None:
            return None
        today = day if day is not None else datetime.now(UTC).date()
        return next((row for row in rows if row.since <= today), None)

    @property
    def models(self) -> list[str]:
        """Every model with a price."""
        return sorted(self._by_model)


def usd(units: int) -> float:
    """Return an amount in USD."""
    return units / UNITS_PER_USD


def _price(row: dict[str, str]) -> Price:
    prompt = _units(row["input"])
    return Price(
        provider=row.get("provider", ""),
        model=row["model"],
        since=date.fromisoformat(row.get("from", "1970-01-01")),
        input=prompt,
        cached=_units(row["cached"]) if "cached" in row else prompt,
        cache_write=_units(row["cache_write"]) if "cache_write" in row else prompt,
        output=_units(row["output"]),
    )


def _units(usd_per_million: object) -> int:
    units = Decimal(str(usd_per_million)) * _UNITS_PER_TOKEN
    if not units.is_finite() or units < 0:
        raise ValueError(f"a price must be a number of at least 0, not {usd_per_million!r}")
    return int(units)
