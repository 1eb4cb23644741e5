"""Closing prices of made-up companies: a seeded walk, the same on every machine."""

import random
from datetime import date, timedelta
from typing import Any

from pydantic import Field

from example_app.tools.tool import Arguments, Tool

_LAST_DAY = date(2026, 11, 20)
_MOST_DAYS = 365
_START = {"ACME": 182.0, "GLBX": 64.0, "INIT": 41.0, "UMBR": 118.0}


class PriceRange(Arguments):
    """Which prices."""

    symbol: str = Field(description="Ticker symbol: ACME, GLBX, INIT or UMBR", max_length=10)
    days: int = Field(default=30, ge=2, le=_MOST_DAYS, description="Days back from the last close")


def price_history() -> Tool:
    """Return the price history as a tool."""
    return Tool(
        "price_history",
        "Daily closing prices of a company.",
        PriceRange,
        closing_prices,
        remembers="symbol",
    )


def closing_prices(wanted: PriceRange) -> dict[str, Any]:
    """Return the closing prices, oldest first."""
    symbol = wanted.symbol.upper()
    if symbol not in _START:
        return {"symbol": symbol, "error": f"known symbols are {', '.join(sorted(_START))}"}
    walk = random.Random(symbol)
    price = _START[symbol]
    prices = []
    for back in range(_MOST_DAYS, -1, -1):
        price = max(1.0, price * (1 + walk.gauss(0.0004, 0.015)))
        prices.append({"date": str(_LAST_DAY - timedelta(days=back)), "close": round(price, 2)})
    return {"symbol": symbol, "currency": "USD", "prices": prices[-wanted.days :]}
