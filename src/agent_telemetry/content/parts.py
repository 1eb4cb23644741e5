"""One part of a message: text, reasoning, a tool's call or its result; of all else its kind only.

Pictures, sounds and files are never taken over, only that there was one.
"""

from collections.abc import Mapping
from typing import Any

import orjson

Part = dict[str, Any]

_TEXT = frozenset({"text", "input_text", "output_text", "summary_text", "refusal"})
_REASONING = frozenset({"thinking", "reasoning", "reasoning_text"})
_CALLS = frozenset({"tool_call", "tool_use", "server_tool_use", "function_call"})
_RESPONSES = frozenset({"tool_call_response", "tool_result", "function_call_output"})
_CONTENTS = ("content", "text", "thinking", "refusal", "summary", "reasoning")


def plain(value: Any) -> Any:
    """Return an object of a client package as a mapping; plain values as they are."""
    dump = getattr(value, "model_dump", None)
    return dump(exclude_none=True) if callable(dump) and not isinstance(value, type) else value


def part(value: Any) -> Part:  # noqa: PLR0911 -- a table of kinds
    """Return one part in the conventions' shape, whatever format it came in."""
    value = plain(value)
    if isinstance(value, str):
        return {"type": "text", "content": value}
    if not isinstance(value, Mapping):
        return {"type": type(value).__name__}
    kind = value.get("type")
    if not isinstance(kind, str):
        return _gemini(value)
    if kind in _TEXT:
        return {"type": "text", "content": _text_of(value)}
    if kind in _REASONING:
        return {"type": "reasoning", "content": _text_of(value)}
    if kind in _CALLS:
        arguments = value.get("arguments", value.get("input"))
        return tool_call(value.get("id"), value.get("name"), arguments)
    if kind in _RESPONSES:
        told = value.get("response", value.get("content"))
        return response_of(value.get("id") or value.get("tool_use_id"), told)
    return {"type": kind}


def tool_call(call_id: Any, name: Any, arguments: Any) -> Part:
    """Return the part for a call that the model asks for."""
    told: Part = {"type": "tool_call", "name": str(name or "")}
    if call_id:
        told["id"] = str(call_id)
    if arguments is not None:
        told["arguments"] = parse_json(arguments)
    return told


def response_of(call_id: Any, response: Any) -> Part:
    """Return the part for what a tool said to a call."""
    told: Part = {"type": "tool_call_response"}
    if call_id:
        told["id"] = str(call_id)
    if isinstance(response, list | tuple):
        parts = [part(each) for each in response]
        texts = [each["content"] for each in parts if each["type"] == "text"]
        response = "\n".join(texts) if len(texts) == len(parts) else parts
    told["response"] = parse_json(response)
    return told


def parse_json(value: Any) -> Any:
    """Return what a JSON text of an object or a list stands for; anything else as it is."""
    if isinstance(value, str) and value.lstrip()[:1] in {"{", "["}:
        try:
            return orjson.loads(value)
        except ValueError:
            return value
    return value


def _text_of(value: Mapping[str, Any]) -> str:
    for key in _CONTENTS:
        found = plain(value.get(key))
        if isinstance(found, str):
            return found
        if isinstance(found, list | tuple) and found:
            parts = [part(each) for each in found]
            return "\n".join(str(each.get("content", "")) for each in parts)
    return ""


def _gemini(value: Mapping[str, Any]) -> Part:
    if isinstance(value.get("text"), str):
        return {"type": "reasoning" if value.get("thought") else "text", "content": value["text"]}
    for key in ("function_call", "functionCall"):
        call = value.get(key)
        if isinstance(call, Mapping):
            return tool_call(call.get("id"), call.get("name"), call.get("args"))
    for key in ("function_response", "functionResponse"):
        told = value.get(key)
        if isinstance(told, Mapping):
            return response_of(told.get("id") or told.get("name"), told.get("response"))
    for key in ("inline_data", "file_data", "inlineData", "fileData"):
        if key in value:
            return {"type": "blob" if key.startswith("inline") else "file"}
    return {"type": "unknown"}
