"""What LangChain's messages say, in a shape that content capture reads."""

from collections.abc import Iterable, Mapping
from typing import Any

from agent_telemetry.operations.model_call import ModelCall

#: ``BaseMessage.type`` → role.
_ROLES = {"human": "user", "ai": "assistant", "function": "tool"}
_CHUNK = "MessageChunk"


def capture_question(call: ModelCall, asked: Any, options: Mapping[str, Any]) -> None:
    """Show what a model is asked.

    Args:
        call: the call; nothing is collected unless it captures.
        asked: texts, or lists of ``BaseMessage`` (``on_llm_start``, ``on_chat_model_start``).
        options: the call's ``invocation_params``, which may name the tools.
    """
    if call.captures:
        call.capture(input=[_shown(each) for each in _flat(asked)], tools=options.get("tools"))


def capture_answer(call: ModelCall, response: Any, finish_reason: str = "") -> None:
    """Show what a model answered, as an ``LLMResult`` has it.

    Args:
        call: the call; nothing is collected unless it captures.
        response: the result.
        finish_reason: why the model stopped, where that is known.
    """
    if not call.captures:
        return
    said = []
    for generation in _flat(response.generations or ()):
        message = getattr(generation, "message", None)
        shown = _shown(message if message is not None else getattr(generation, "text", ""))
        told = {"role": "assistant", "content": shown} if isinstance(shown, str) else shown
        said.append({**told, "finish_reason": finish_reason} if finish_reason else told)
    call.capture(output=said)


def text_of_result(output: Any) -> Any:
    """Return what a tool answered: the content of a ``ToolMessage``, or the value itself."""
    return getattr(output, "content", output)


def _flat(value: Any) -> Iterable[Any]:
    for each in value:
        if isinstance(each, list | tuple):
            yield from each
        else:
            yield each


def _shown(message: Any) -> Any:
    if isinstance(message, str):
        return message
    kind = str(getattr(message, "type", "human")).removesuffix(_CHUNK)
    shown: dict[str, Any] = {
        "role": _ROLES.get(kind.lower(), kind.lower()),
        "content": getattr(message, "content", ""),
    }
    for key in ("tool_calls", "tool_call_id"):
        if getattr(message, key, None):
            shown[key] = getattr(message, key)
    return shown
