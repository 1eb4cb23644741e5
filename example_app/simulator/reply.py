"""Words the final answer from what the tools returned; the wording is in `reply.toml`."""

import re
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from example_app.simulator.conversation import ToolResult
from example_app.simulator.price_series import PriceSeries, find_series
from example_app.simulator.tool_results import facts_of, failure_of, parse_result, rows_of

_WORDING: dict[str, dict[str, Any]] = tomllib.loads(
    Path(__file__).with_name("reply.toml").read_text(encoding="utf-8")
)
_FIELD = re.compile(r"\{(\w+)\}")
_TITLES = ("title", "heading", "name", "source", "question")
_TEXTS = ("snippet", "text", "content", "summary", "answer", "body")
_MOST_ROWS = 2
_MOST_FACTS = 10
_ROW_CHARACTERS = 320
_FACT_CHARACTERS = 160


def compose_reply(results: Sequence[ToolResult]) -> str:
    """One text that tells the facts of every result, in the order of the calls."""
    return " ".join(_told(result) for result in results)


def ask_for(parameter: str) -> str:
    """The question to the person when a required value is missing."""
    wording = _WORDING["ask"]
    text = wording.get(parameter, wording["default"])
    return str(text).replace("{parameter}", parameter.replace("_", " "))


def _told(answer: ToolResult) -> str:
    wording = _WORDING.get(answer.call.name, {})
    failure = failure_of(answer)
    if failure is not None:
        text = str(wording.get("failed", "The tool answered with an error: {error}."))
        return text.replace("{error}", _short(failure.rstrip("."), _FACT_CHARACTERS))
    result = parse_result(answer.text)
    if isinstance(result, str):
        return _short(result, _ROW_CHARACTERS) or "The tool returned nothing."
    sentences = _facts_told(wording, facts_of(result)) if isinstance(result, Mapping) else []
    series = find_series(result)
    rows = rows_of(result)
    if series:
        sentences.append(_series_told(series))
    elif rows is not None:
        sentences += _rows_told(wording, rows)
    return " ".join(sentences) or f"The result is {_short(str(result), _FACT_CHARACTERS)}."


def _facts_told(wording: Mapping[str, Any], facts: dict[str, str]) -> list[str]:
    said: set[str] = set()
    sentences = []
    for sentence in wording.get("sentences", ()):
        fields = set(_FIELD.findall(sentence))
        if fields <= facts.keys() and (fields - said):
            sentences.append(_FIELD.sub(lambda m: _short(facts[m[1]], _FACT_CHARACTERS), sentence))
            said |= fields
    rest = [
        f"{name.replace('_', ' ')}: {_short(value, _FACT_CHARACTERS)}"
        for name, value in facts.items()
        if name not in said
    ]
    if rest:
        listed = ", ".join(rest[:_MOST_FACTS])
        sentences.append(f"{listed[0].upper()}{listed[1:]}.")
    return sentences


def _series_told(series: PriceSeries) -> str:
    first, last = series.values[0], series.values[-1]
    between = f" between {series.first_date} and {series.last_date}" if series.first_date else ""
    return (
        f"It went from {first:.2f} to {last:.2f}{between}, "
        f"with a low of {min(series.values):.2f} and a high of {max(series.values):.2f}."
    )


def _rows_told(wording: Mapping[str, Any], rows: Sequence[Any]) -> list[str]:
    if not rows:
        return [str(wording["empty"])] if "empty" in wording else []
    told = [str(wording["found"])] if "found" in wording else []
    return told + [_short(_row_told(row), _ROW_CHARACTERS) for row in rows[:_MOST_ROWS]]


def _row_told(row: Any) -> str:
    if not isinstance(row, Mapping):
        return _ended(str(row))
    title = next((str(row[key]) for key in _TITLES if row.get(key)), "")
    text = next((str(row[key]) for key in _TEXTS if row.get(key)), "")
    if text:
        return _ended(f"{title}: {text}" if title else text)
    facts = facts_of(row)
    rest = ", ".join(
        f"{key.replace('_', ' ')} {value}" for key, value in facts.items() if value != title
    )
    return _ended(f"{title} ({rest})" if title and rest else title or rest)


def _ended(text: str) -> str:
    """The text as a sentence, with an end mark."""
    return text if text.endswith((".", "!", "?", "…")) or not text else f"{text}."


def _short(text: str, limit: int) -> str:
    """The text within `limit` characters, cut at a word."""
    flat = " ".join(text.split())
    if len(flat) <= limit:
        return flat
    return flat[:limit].rsplit(" ", 1)[0] + " …"
