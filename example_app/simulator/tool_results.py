"""Reads what a tool returned: JSON if it is JSON, else the text itself."""

from collections.abc import Mapping
from typing import Any

import orjson

_DEPTH = 2


def parse_result(text: str) -> Any:
    """The result as data; text that is no JSON stays text."""
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return text


def failure_of(result: Any) -> str | None:
    """The error a result tells of (`{"error": …}`, or `Error: …` as text), or None."""
    if isinstance(result, str) and result.lower().startswith("error"):
        return result.partition(":")[2].strip() or result
    if not isinstance(result, Mapping) or not result.get("error"):
        return None
    error = result["error"]
    if isinstance(error, Mapping):
        error = error.get("message") or error.get("type") or "unknown error"
    return str(result.get("message") or error)


def facts_of(result: Mapping[str, Any], depth: int = _DEPTH) -> dict[str, str]:
    """The plain values of a result by field name, those of nested objects included."""
    facts: dict[str, str] = {}
    for name, value in result.items():
        if isinstance(value, Mapping) and depth:
            facts |= {k: v for k, v in facts_of(value, depth - 1).items() if k not in facts}
        elif isinstance(value, bool):
            facts[name] = "yes" if value else "no"
        elif isinstance(value, str | int | float) and value != "":
            facts[name] = str(value)
    return facts


def rows_of(result: Any) -> list[Any] | None:
    """The list a result is, or holds (search hits, price rows); None when there is none."""
    if isinstance(result, list):
        return result
    if isinstance(result, Mapping):
        return next((value for value in result.values() if isinstance(value, list)), None)
    return None
