"""Reads what a tool returned: JSON if it is JSON, else the text itself."""

from collections.abc import Mapping
from typing import Any

import orjson

from example_app.simulator.conversation import ToolResult

_DEPTH = 2


def parse_result(text: str) -> Any:
    """The result as data; text that is no JSON, or JSON nested too deeply, stays text.

    What orjson cannot write again is so deep that Python's own limits are near.
    """
    try:
        result = orjson.loads(text)
        orjson.dumps(result)
    except (orjson.JSONDecodeError, orjson.JSONEncodeError):
        return text
    return result


def failure_of(result: ToolResult) -> str | None:
    """The failure a tool's answer tells of, by its mark or by its text; None without one."""
    told = _told_failure(parse_result(result.text))
    if told is None and result.failed:
        return result.text.strip() or "unknown error"
    return told


def _told_failure(result: Any) -> str | None:
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
