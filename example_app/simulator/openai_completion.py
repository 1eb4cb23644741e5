"""Writes an answer as OpenAI's JSON object, or as its stream of chunks."""

import re
from collections.abc import Iterator
from typing import Any

import orjson

from example_app.simulator.completion import Completion, Usage
from example_app.simulator.conversation import ToolCall

_FINGERPRINT = "fp_simulated01"
_WORD = re.compile(r"\s*\S+|\s+$")
_ARGUMENT_PIECE = 12
_FINISH_REASONS = {"stop_sequence": "stop"}
"""OpenAI does not tell whether an answer ended by itself or at one of the caller's texts."""


def finish_reason(completion: Completion) -> str:
    """Why the answer ends, in OpenAI's word."""
    return _FINISH_REASONS.get(completion.finish_reason, completion.finish_reason)


def completion_object(completion: Completion, created: int) -> dict[str, Any]:
    """The `chat.completion` object. `created` is in Unix seconds."""
    calls = [_call_object(call) for call in completion.tool_calls]
    message: dict[str, Any] = {
        "role": "assistant",
        "content": None if calls else completion.text,
        "refusal": None,
        "annotations": [],
    }
    if calls:
        message["tool_calls"] = calls
    choice = {
        "index": 0,
        "message": message,
        "logprobs": None,
        "finish_reason": finish_reason(completion),
    }
    return {
        **_head(completion, created, "chat.completion"),
        "choices": [choice],
        "usage": usage_object(completion.usage),
    }


def usage_object(usage: Usage) -> dict[str, Any]:
    """OpenAI's `usage` with its details."""
    return {
        "prompt_tokens": usage.prompt,
        "completion_tokens": usage.completion,
        "total_tokens": usage.prompt + usage.completion,
        "prompt_tokens_details": {"cached_tokens": usage.cached, "audio_tokens": 0},
        "completion_tokens_details": {
            "reasoning_tokens": usage.reasoning,
            "audio_tokens": 0,
            "accepted_prediction_tokens": 0,
            "rejected_prediction_tokens": 0,
        },
    }


def completion_events(
    completion: Completion, created: int, *, include_usage: bool
) -> Iterator[bytes]:
    """Server-sent events of the answer.

    Args:
        completion: The answer.
        created: Unix seconds.
        include_usage: Whether a last chunk tells the token counts.
    """
    head = _head(completion, created, "chat.completion.chunk")
    if include_usage:
        head["usage"] = None
    for delta in _deltas(completion):
        yield _event({**head, "choices": [_choice(delta, None)]})
    yield _event({**head, "choices": [_choice({}, finish_reason(completion))]})
    if include_usage:
        yield _event({**head, "choices": [], "usage": usage_object(completion.usage)})
    yield b"data: [DONE]\n\n"


def _deltas(completion: Completion) -> Iterator[dict[str, Any]]:
    """The pieces of the message, in order; put together they give the whole."""
    if not completion.tool_calls:
        yield {"role": "assistant", "content": "", "refusal": None}
        for word in _WORD.findall(completion.text):
            yield {"content": word}
        return
    yield {"role": "assistant", "content": None, "refusal": None}
    for index, call in enumerate(completion.tool_calls):
        opened = _call_object(call)
        opened["function"]["arguments"] = ""
        yield {"tool_calls": [{"index": index, **opened}]}
        for start in range(0, len(call.arguments), _ARGUMENT_PIECE):
            piece = call.arguments[start : start + _ARGUMENT_PIECE]
            yield {"tool_calls": [{"index": index, "function": {"arguments": piece}}]}


def _head(completion: Completion, created: int, kind: str) -> dict[str, Any]:
    return {
        "id": completion.completion_id,
        "object": kind,
        "created": created,
        "model": completion.model.snapshot,
        "service_tier": "default",
        "system_fingerprint": _FINGERPRINT,
    }


def _choice(delta: dict[str, Any], finish_reason: str | None) -> dict[str, Any]:
    return {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish_reason}


def _call_object(call: ToolCall) -> dict[str, Any]:
    return {
        "id": call.call_id,
        "type": "function",
        "function": {"name": call.name, "arguments": call.arguments},
    }


def _event(chunk: dict[str, Any]) -> bytes:
    return b"data: " + orjson.dumps(chunk) + b"\n\n"
