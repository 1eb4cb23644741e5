"""Messages of any provider in the one JSON shape of the GenAI conventions.

Source: semantic-conventions v1.41.1: ``gen-ai-input-messages.json``,
``gen-ai-output-messages.json``, ``gen-ai-system-instructions.json`` and
``gen-ai-tool-definitions.json``.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from agent_telemetry.content.parts import Part, parse_json, part, plain, response_of, tool_call

Message = dict[str, Any]

_ROLES = {"model": "assistant", "developer": "system", "function": "tool"}
_REASONS = {
    "end_turn": "stop",
    "stop_sequence": "stop",
    "completed": "stop",
    "max_tokens": "length",
    "max_output_tokens": "length",
    "tool_calls": "tool_call",
    "tool_use": "tool_call",
    "function_call": "tool_call",
    "refusal": "content_filter",
    "safety": "content_filter",
}
#: The newest are kept of more.
_MOST_MESSAGES = 1000
_DEPTH = 4


def input_messages(value: Any) -> list[Message]:
    """Return what was asked, as messages.

    Args:
        value: a text, one message or many, in the format of OpenAI (chat or responses), Anthropic
            or Gemini, or in the conventions' own.
    """
    return _messages(value, "user", _DEPTH)


def output_messages(value: Any, finish_reason: str = "") -> list[Message]:
    """Return what was answered, as messages with their ``finish_reason``.

    Args:
        value: as for ``input_messages``.
        finish_reason: of messages that have none themselves.
    """
    found = _messages(value, "assistant", _DEPTH)
    for message in found:
        reason = str(message.get("finish_reason") or finish_reason or "stop").lower()
        message["finish_reason"] = _REASONS.get(reason, reason)
    return found


def system_instructions(value: Any) -> list[Part]:
    """Return instructions that were given beside the messages, as parts."""
    return [each for message in _messages(value, "system", _DEPTH) for each in message["parts"]]


def tool_definitions(value: Any) -> list[dict[str, Any]]:
    """Return the tools that the model was offered."""
    found: list[dict[str, Any]] = []
    for tool in map(plain, value if isinstance(value, list | tuple) else [value]):
        if not isinstance(tool, Mapping):
            continue
        several = tool.get("function_declarations") or tool.get("functionDeclarations")
        if isinstance(several, list | tuple):
            found += [_definition(each) for each in map(plain, several)]
        else:
            found.append(_definition(tool))
    return found


def _definition(tool: Any) -> dict[str, Any]:
    if not isinstance(tool, Mapping):
        return {"type": "function", "name": str(tool)}
    function = tool.get("function")
    inner = function if isinstance(function, Mapping) else tool
    kind = str(tool.get("type") or "function")
    told: dict[str, Any] = {
        "type": "function" if kind == "custom" else kind,
        "name": str(inner.get("name") or kind),
    }
    if inner.get("description"):
        told["description"] = inner["description"]
    for key in ("parameters", "input_schema", "parameters_json_schema"):
        if inner.get(key):
            told["parameters"] = inner[key]
            break
    return told


def _messages(value: Any, role: str, depth: int) -> list[Message]:
    value = plain(value)
    if value is None:
        return []
    if isinstance(value, Mapping):
        return [_message(value, role)]
    if isinstance(value, list | tuple) and depth:
        several = value[-_MOST_MESSAGES:]
        return [each for one in several for each in _messages(one, role, depth - 1)]
    return [{"role": role, "parts": [part(value)]}]


def _message(given: Mapping[str, Any], role: str) -> Message:
    kind = str(given.get("type"))
    if kind == "function_call_output":  # OpenAI's responses: every item stands for itself
        parts = [response_of(given.get("call_id"), given.get("output"))]
        return {"role": "tool", "parts": parts}
    if kind in {"function_call", "custom_tool_call"}:
        arguments = given.get("arguments", given.get("input"))
        parts = [tool_call(given.get("call_id"), given.get("name"), arguments)]
        return {"role": "assistant", "parts": parts}
    if not given.keys() & {"role", "content", "parts", "tool_calls"}:
        return {"role": "assistant" if kind == "reasoning" else role, "parts": [part(given)]}
    said = str(given.get("role") or role)
    said = _ROLES.get(said, said)
    parts = _parts_of(given, said)
    if parts and all(each["type"] == "tool_call_response" for each in parts):
        said = "tool"  # Anthropic gives a tool's result to the model as the user's
    message: Message = {"role": said, "parts": parts}
    for key in ("name", "finish_reason"):
        if isinstance(given.get(key), str):
            message[key] = given[key]
    return message


def _parts_of(given: Mapping[str, Any], role: str) -> list[Part]:
    content = given["parts"] if "parts" in given else given.get("content")
    if role == "tool" and "parts" not in given and given.get("tool_call_id"):
        return [response_of(given["tool_call_id"], content)]
    parts: list[Part] = []
    thought = given.get("reasoning_content") or given.get("reasoning")
    if isinstance(thought, str):
        parts.append({"type": "reasoning", "content": thought})
    parts += [part(each) for each in _several(content)]
    if isinstance(given.get("refusal"), str):
        parts.append({"type": "text", "content": given["refusal"]})
    for each in map(plain, _several(given.get("tool_calls"))):
        if isinstance(each, Mapping):
            function = each.get("function") or each.get("custom")
            inner = function if isinstance(function, Mapping) else each
            arguments = inner.get("arguments", inner.get("input", inner.get("args")))
            parts.append(tool_call(each.get("id"), inner.get("name"), parse_json(arguments)))
    return parts


def _several(value: Any) -> Iterable[Any]:
    if value is None or value == "":
        return ()
    return value if isinstance(value, list | tuple) else (value,)
