"""What a model call costs, from a small dated price table; an unknown model has no cost."""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from importlib import resources
from pathlib import Path
from typing import Any, Protocol

from agent_telemetry.exceptions import ConfigurationError

#: Money is added up in whole units of 1e-12 USD, so that no sum drifts.
UNITS_PER_USD = 10**12
_UNITS_PER_TOKEN = UNITS_PER_USD // 10**6
#: Versions of one model: a day, OpenAI's older ``0125``, ``latest``, Gemini's three digits; Vertex
#: writes ``@`` for ``-``.
_SNAPSHOT = re.compile(r"[-@](\d{4}-\d{2}-\d{2}|\d{8}|\d{4}|latest)$|(?<=[a-z])-\d{3}$")


#: Models whose rows are kept at hand at most.
_MOST_KEPT = 1000
#: What the prices of long prompts share with those of short ones.
_OF_BOTH = ("provider", "model", "from")


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of one model call.

    Attributes:
        input: all prompt tokens, those from and into the provider's cache included.
        output: all tokens produced, reasoning included.
        cached: prompt tokens read from the provider's cache.
        cache_write: prompt tokens written into it.
        reasoning: tokens thought but not shown; part of ``output``, priced as such.
        cache_write_1h: those of ``cache_write`` that Anthropic keeps for an hour, not 5 minutes.
    """

    input: int
    output: int
    cached: int = 0
    cache_write: int = 0
    reasoning: int = 0
    cache_write_1h: int = 0

    def __add__(self, more: "Usage") -> "Usage":
        return Usage(
            self.input + more.input,
            self.output + more.output,
            self.cached + more.cached,
            self.cache_write + more.cache_write,
            self.reasoning + more.reasoning,
            self.cache_write_1h + more.cache_write_1h,
        )


@dataclass(frozen=True, slots=True)
class Price:
    """Prices of one model in units of 1e-12 USD for one token, in force since a day.

    Attributes:
        provider: who asks that price.
        model: the model's name.
        since: the first day.
        input: for a prompt token that is none of the next three.
        cached: for one that is read from the provider's cache.
        cache_write: for one that is written into it.
        output: for a token that is produced, reasoning included.
        cache_write_1h: for one that is kept for an hour; None: like ``cache_write``.
        above: a number of prompt tokens, and the prices of all tokens of a call that has more.
    """

    provider: str
    model: str
    since: date
    input: int
    cached: int
    cache_write: int
    output: int
    cache_write_1h: int | None = field(default=None, kw_only=True)
    above: "tuple[int, Price] | None" = field(default=None, kw_only=True)

    def cost(self, usage: Usage) -> int:
        """Return the cost of a call in units of 1e-12 USD."""
        if self.above is not None and usage.input > self.above[0]:
            return self.above[1].cost(usage)
        plain = max(0, usage.input - usage.cached - usage.cache_write)
        for_an_hour = min(usage.cache_write_1h, usage.cache_write)
        hour = self.cache_write if self.cache_write_1h is None else self.cache_write_1h
        return (
            plain * self.input
            + usage.cached * self.cached
            + (usage.cache_write - for_an_hour) * self.cache_write
            + for_an_hour * hour
            + usage.output * self.output
        )


class PriceSource(Protocol):
    """Knows prices that the table does not have."""

    def find(self, model: str, provider: str) -> Price | None:
        """Return the price in force now, None when the model is not known.

        Args:
            model: the model's name.
            provider: who answers, by OpenTelemetry's name; empty when that is not known.
        """


class PriceTable:
    """Prices by model and day.

    Args:
        rows: the prices; a later row for the same model and day replaces an earlier one.
        checked: the day on which the table was last compared with the providers' pages.
        own: prices that are asked first, whatever the day of the others.
        source: asked for what is in neither; it must be quick and must not raise.
    """

    def __init__(
        self,
        rows: Iterable[Price],
        checked: date,
        *,
        own: Iterable[Price] = (),
        source: PriceSource | None = None,
    ) -> None:
        self.checked = checked
        self._layers = (_by_model(own), _by_model(rows))
        self._source = source
        self._found: dict[str, list[list[Price]]] = {}

    @classmethod
    def load(cls, own: Path | None = None, source: PriceSource | None = None) -> "PriceTable":
        """Read the bundled table and lay a file of own prices over it.

        Raises:
            ConfigurationError: the file of own prices cannot be read or has a wrong row.
        """
        bundled = json.loads(
            resources.files(__package__).joinpath("prices.json").read_text("utf-8")
        )
        rows = [_price(row) for row in bundled["prices"]]
        mine: list[Price] = []
        if own is not None:
            try:
                mine = [_price(row) for row in json.loads(own.read_text("utf-8"))["prices"]]
            except (OSError, ValueError, KeyError, TypeError, InvalidOperation) as error:
                raise ConfigurationError(
                    "AGENT_TELEMETRY_PRICES_FILE",
                    str(own),
                    f"a JSON file like agent_telemetry/prices/prices.json ({error!r})",
                ) from None
        return cls(rows, date.fromisoformat(bundled["checked"]), own=mine, source=source)

    def price(self, model: str, provider: str = "") -> Price | None:
        """Return the price in force: from own prices, else the table, else the source.

        Args:
            model: the model's name.
            provider: who answers, for the source.
        """
        found = self.find(model)
        if found is None and self._source is not None:
            return self._source.find(model, provider)
        return found

    def find(self, model: str, day: date | None = None) -> Price | None:
        """Return the table's price in force, None when the model is not in it.

        A dated snapshot (``gpt-4o-2024-08-06``) has its model's price unless it has a row.
        """
        today = day if day is not None else datetime.now(UTC).date()
        for rows in self._rows(model):
            for row in rows:
                if row.since <= today:
                    return row
        return None

    def _rows(self, model: str) -> list[list[Price]]:
        """Return the rows of a model in each layer, those of the model itself before others."""
        found = self._found.get(model)
        if found is None:
            plain = _SNAPSHOT.sub("", model)
            layers = [layer.get(model) or layer.get(plain) for layer in self._layers]
            found = [rows for rows in layers if rows]
            if len(self._found) < _MOST_KEPT:
                self._found[model] = found
        return found

    @property
    def models(self) -> list[str]:
        """Every model with a price."""
        return sorted({model for by_model in self._layers for model in by_model})


def usd(units: int) -> float:
    """Return an amount in USD."""
    return units / UNITS_PER_USD


def _by_model(rows: Iterable[Price]) -> dict[str, list[Price]]:
    """Return the rows of each model, the latest first."""
    by_day = {(row.model, row.since): row for row in rows}
    found: dict[str, list[Price]] = {}
    for row in sorted(by_day.values(), key=lambda row: row.since, reverse=True):
        found.setdefault(row.model, []).append(row)
    return found


def _price(row: dict[str, Any]) -> Price:
    prompt = _units(row["input"])
    above = None
    if "above" in row:
        of_both = {key: each for key, each in row.items() if key in _OF_BOTH}
        tokens = row["above"]["prompt_tokens"]
        if type(tokens) is not int or tokens < 1:
            raise ValueError(f"prompt_tokens must be a whole number above 0, not {tokens!r}")
        above = (tokens, _price({**row["above"], **of_both}))
    return Price(
        provider=row.get("provider", ""),
        model=row["model"],
        since=date.fromisoformat(row.get("from", "1970-01-01")),
        input=prompt,
        cached=_units(row["cached"]) if "cached" in row else prompt,
        cache_write=_units(row["cache_write"]) if "cache_write" in row else prompt,
        output=_units(row["output"]),
        cache_write_1h=_units(row["cache_write_1h"]) if "cache_write_1h" in row else None,
        above=above,
    )


def _units(usd_per_million: object) -> int:
    units = Decimal(str(usd_per_million)) * _UNITS_PER_TOKEN
    if not units.is_finite() or units < 0:
        raise ValueError(f"a price must be a number of at least 0, not {usd_per_million!r}")
    return int(units)
