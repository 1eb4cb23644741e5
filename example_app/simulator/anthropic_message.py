"""Writes an answer as Anthropic's message object, or as its stream of events."""

import re
from collections.abc import Iterator
from typing import Any

import orjson
from pydantic_core import from_json

from example_app.simulator.completion import Completion
from example_app.simulator.conversation import ToolCall
from example_app.simulator.thought import sign

_STOP_REASONS = {"stop": "end_turn", "tool_calls": "tool_use", "length": "max_tokens"}
_WORD = re.compile(r"\s*\S+|\s+$")
_INPUT_PIECE = 12


def stop_reason(completion: Completion) -> str:
    """Why the answer ends, in Anthropic's word."""
    return _STOP_REASONS.get(completion.finish_reason, completion.finish_reason)


def message_object(completion: Completion) -> dict[str, Any]:
    """The `message` object."""
    content: list[dict[str, Any]] = []
    if completion.thought:
        content.append(
            {
                "type": "thinking",
                "thinking": completion.thought,
                "signature": sign(completion.thought),
            }
        )
    if completion.text:
        content.append({"type": "text", "text": completion.text})
    content += [{**_call_start(call), "input": _input(call)} for call in completion.tool_calls]
    return {
        **_head(completion),
        "content": content,
        "stop_reason": stop_reason(completion),
        "stop_sequence": completion.stop_sequence,
        "usage": {**_usage(completion), "output_tokens": completion.usage.completion},
    }


def message_events(completion: Completion) -> Iterator[bytes]:
    """Server-sent events of the answer."""
    start = {
        **_head(completion),
        "content": [],
        "stop_reason": None,
        "stop_sequence": None,
        # What is written so far: the first token.
        "usage": {**_usage(completion), "output_tokens": 1},
    }
    yield _event("message_start", message=start)
    pinged = False
    for index, (block, deltas) in enumerate(_blocks(completion)):
        yield _event("content_block_start", index=index, content_block=block)
        if not pinged:
            yield _event("ping")
            pinged = True
        for delta in deltas:
            yield _event("content_block_delta", index=index, delta=delta)
        yield _event("content_block_stop", index=index)
    yield _event(
        "message_delta",
        delta={"stop_reason": stop_reason(completion), "stop_sequence": completion.stop_sequence},
        usage={**_counts(completion), "output_tokens": completion.usage.completion},
    )
    yield _event("message_stop")


def _blocks(completion: Completion) -> Iterator[tuple[dict[str, Any], Iterator[dict[str, Any]]]]:
    """Each block as it begins, and the pieces that fill it."""
    if completion.thought:
        yield {"type": "thinking", "thinking": "", "signature": ""}, _thinking_deltas(completion)
    if completion.text:
        words = ({"type": "text_delta", "text": w} for w in _WORD.findall(completion.text))
        yield {"type": "text", "text": ""}, words
    for call in completion.tool_calls:
        yield {**_call_start(call), "input": {}}, _input_deltas(call)


def _thinking_deltas(completion: Completion) -> Iterator[dict[str, Any]]:
    for word in _WORD.findall(completion.thought):
        yield {"type": "thinking_delta", "thinking": word}
    yield {"type": "signature_delta", "signature": sign(completion.thought)}


def _input_deltas(call: ToolCall) -> Iterator[dict[str, Any]]:
    """The input in pieces; the first one is empty, as with the real API."""
    yield {"type": "input_json_delta", "partial_json": ""}
    for start in range(0, len(call.arguments), _INPUT_PIECE):
        piece = call.arguments[start : start + _INPUT_PIECE]
        yield {"type": "input_json_delta", "partial_json": piece}


def _input(call: ToolCall) -> dict[str, Any]:
    """The input as an object; of broken JSON it is what can still be read."""
    try:
        read = from_json(call.arguments, allow_partial=True)
    except ValueError:
        return {}
    return read if isinstance(read, dict) else {}


def _call_start(call: ToolCall) -> dict[str, Any]:
    return {"type": "tool_use", "id": call.call_id, "name": call.name}


def _head(completion: Completion) -> dict[str, Any]:
    return {
        "id": completion.completion_id,
        "type": "message",
        "role": "assistant",
        "model": completion.model.snapshot,
    }


def _counts(completion: Completion) -> dict[str, Any]:
    """Prompt tokens; those read from the cache or written into it are not in `input_tokens`."""
    usage = completion.usage
    counts: dict[str, Any] = {
        "input_tokens": usage.prompt - usage.cached - usage.cache_written,
        "cache_creation_input_tokens": usage.cache_written,
        "cache_read_input_tokens": usage.cached,
    }
    if completion.thought:
        counts["output_tokens_details"] = {"thinking_tokens": usage.reasoning}
    return counts


def _usage(completion: Completion) -> dict[str, Any]:
    usage = completion.usage
    return {
        **_counts(completion),
        "cache_creation": {
            "ephemeral_5m_input_tokens": usage.cache_written - usage.cache_written_for_hour,
            "ephemeral_1h_input_tokens": usage.cache_written_for_hour,
        },
        "service_tier": "standard",
    }


def _event(kind: str, **fields: Any) -> bytes:
    return f"event: {kind}\ndata: ".encode() + orjson.dumps({"type": kind, **fields}) + b"\n\n"
