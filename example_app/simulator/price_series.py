"""Finds the series of numbers in a tool's result, such as closing prices."""

from dataclasses import dataclass
from typing import Any

_VALUE_KEYS = ("close", "price", "value", "amount")
_DATE_KEYS = ("date", "day", "time", "timestamp")
_SHORTEST = 2


@dataclass(frozen=True)
class PriceSeries:
    """Values oldest first, with the first and last date where the result has dates."""

    values: tuple[float, ...]
    first_date: str | None = None
    last_date: str | None = None


def find_series(result: Any) -> PriceSeries | None:
    """The first list of at least two numbers, or of rows with a number, in a result."""
    if isinstance(result, list):
        return _series(result)
    if isinstance(result, dict):
        for value in result.values():
            if isinstance(value, list):
                series = _series(value)
                if series:
                    return series
    return None


def _series(rows: list[Any]) -> PriceSeries | None:
    if len(rows) < _SHORTEST:
        return None
    if all(_is_number(row) for row in rows):
        return PriceSeries(tuple(float(row) for row in rows))
    if not all(isinstance(row, dict) for row in rows):
        return None
    key = next((k for k in _VALUE_KEYS if all(_is_number(row.get(k)) for row in rows)), None)
    if key is None:
        return None
    date = next((k for k in _DATE_KEYS if k in rows[0]), None)
    ends = (str(rows[0][date]), str(rows[-1].get(date))) if date else (None, None)
    return PriceSeries(tuple(float(row[key]) for row in rows), *ends)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
