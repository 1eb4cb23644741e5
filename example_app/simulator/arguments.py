"""Fills a tool's parameters from the conversation, guided by the tool's own JSON Schema."""

from collections.abc import Callable, Mapping
from typing import Any

from example_app.simulator import entities
from example_app.simulator.conversation import Conversation, ToolOffer
from example_app.simulator.price_series import find_series
from example_app.simulator.reply import compose_reply
from example_app.simulator.tool_results import parse_result

_MOST_CALLS = 3
_QUERY_CHARACTERS = 300
_DEFAULT_DAYS = 30


def fill_arguments(tool: ToolOffer, conversation: Conversation) -> list[dict[str, Any]]:
    """Arguments for each call of the tool: one set, or one for each ticker the person named.

    Returns:
        Argument objects that fit the schema's names and types; empty when a required value is
        nowhere in the conversation, so that the model has to ask for it.
    """
    properties = tool.parameters.get("properties")
    if not isinstance(properties, Mapping):
        return [{}]
    required = set(_required(tool))
    filled: dict[str, Any] = {}
    for name, schema in properties.items():
        value = _value(name, schema if isinstance(schema, Mapping) else {}, conversation)
        if value is not None:
            filled[name] = value
        elif name in required:
            return []
    return _one_call_per_item(filled, properties)


def missing_parameter(tool: ToolOffer, conversation: Conversation) -> str:
    """The first required parameter for which the conversation has no value."""
    properties: Mapping[str, Any] = tool.parameters.get("properties") or {}
    for name in _required(tool):
        schema = properties.get(name)
        if _value(name, schema if isinstance(schema, Mapping) else {}, conversation) is None:
            return name
    return "more details"


def _order(conversation: Conversation) -> str | None:
    return entities.order_number(conversation.user_texts)


def _tickers(conversation: Conversation) -> list[str] | None:
    return entities.tickers(conversation.user_texts)[:_MOST_CALLS] or None


def _days(conversation: Conversation) -> int:
    return entities.days(conversation.user_texts) or _DEFAULT_DAYS


def _expression(conversation: Conversation) -> str | None:
    """The person's own sum, else the change in percent of the price series just fetched."""
    own = entities.arithmetic(conversation.user_texts)
    if own:
        return own
    changes = []
    for result in conversation.turn_results:
        series = find_series(parse_result(result.text))
        if series and series.values[0]:
            first, last = series.values[0], series.values[-1]
            changes.append(f"({last:.2f} - {first:.2f}) / {first:.2f} * 100")
    return " - ".join(f"({change})" for change in changes) if len(changes) > 1 else _only(changes)


def _query(conversation: Conversation) -> str | None:
    return conversation.question.strip()[:_QUERY_CHARACTERS] or None


def _draft(conversation: Conversation) -> str | None:
    """The answer as it would go out now: what a compliance check has to read."""
    draft = compose_reply(conversation.turn_results) if conversation.turn_results else ""
    return draft or _query(conversation)


def _amount(conversation: Conversation) -> float | None:
    return entities.amount(conversation.user_texts)


_READERS: dict[str, Callable[[Conversation], Any]] = {
    **dict.fromkeys(("order_id", "order_number", "order"), _order),
    **dict.fromkeys(("ticker", "symbol", "tickers", "symbols", "asset"), _tickers),
    **dict.fromkeys(("days", "period_days", "window_days", "lookback_days"), _days),
    **dict.fromkeys(("expression", "formula", "sum"), _expression),
    **dict.fromkeys(("query", "question", "topic", "search", "reason"), _query),
    **dict.fromkeys(("text", "draft", "content", "answer", "statement"), _draft),
    "amount": _amount,
}

_CONVERTERS: dict[str, Callable[[Any], Any]] = {
    "array": lambda value: [value],
    "boolean": lambda value: value is True,
    "integer": int,
    "number": float,
    "string": str,
}


def _value(name: str, schema: Mapping[str, Any], conversation: Conversation) -> Any:
    """A value of the schema's type for the parameter, or None."""
    choices = schema.get("enum")
    if isinstance(choices, list) and choices:
        text = conversation.question.lower()
        return next((c for c in choices if isinstance(c, str) and c.lower() in text), choices[0])
    reader = _READERS.get(name)
    value = reader(conversation) if reader else schema.get("default")
    if value is None and reader is None and schema.get("type") == "string":
        value = _query(conversation)
    return _within(_as_type(value, schema.get("type")), schema)


def _as_type(value: Any, type_name: Any) -> Any:
    """The value in the JSON type the schema asks for; None where it has no such form."""
    if isinstance(value, list) or value is None:
        # Where one value is asked for and several were named, the calls are split afterwards.
        return value if type_name is None or type_name in ("array", "string") else None
    convert = _CONVERTERS.get(type_name) if isinstance(type_name, str) else None
    if convert is None:
        return value if type_name is None else None
    try:
        return convert(value)
    except (TypeError, ValueError, OverflowError):
        return None


def _within(value: Any, schema: Mapping[str, Any]) -> Any:
    """The value inside the bounds the schema sets on numbers and texts."""
    low, high, length = schema.get("minimum"), schema.get("maximum"), schema.get("maxLength")
    if isinstance(value, int | float) and not isinstance(value, bool):
        value = max(value, low) if isinstance(low, int | float) else value
        return min(value, high) if isinstance(high, int | float) else value
    if isinstance(value, str) and isinstance(length, int) and length >= 0:
        return value[:length]
    return value


def _one_call_per_item(
    filled: dict[str, Any], properties: Mapping[str, Any]
) -> list[dict[str, Any]]:
    for name, value in filled.items():
        schema = properties[name]
        wants_list = isinstance(schema, Mapping) and schema.get("type") == "array"
        if isinstance(value, list) and not wants_list:
            return [{**filled, name: item} for item in value]
    return [filled]


def _only(changes: list[str]) -> str | None:
    return changes[0] if changes else None


def _required(tool: ToolOffer) -> list[str]:
    """Names of the parameters that a call must have; none where the schema is no good."""
    required = tool.parameters.get("required")
    names = required if isinstance(required, list) else []
    return [name for name in names if isinstance(name, str)]
