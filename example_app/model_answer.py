"""Reads answers in OpenAI's format, whole ones and streams."""

import json
import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import requests

from example_app.model_error import ModelBusyError, ModelError

_TOO_MANY_REQUESTS = 429
_SERVER_ERROR = 500


@dataclass
class Completion:
    """What the model answered.

    Attributes:
        content: its text, empty when it only calls tools.
        tool_calls: calls in OpenAI's format.
        finish_reason: why it stopped.
        model: the model that answered, in the provider's words.
        usage: the provider's token numbers, in OpenAI's format.
        asked: the model that was asked.
    """

    content: str = ""
    tool_calls: list[dict[str, Any]] = field(default_factory=list)
    finish_reason: str = ""
    model: str = ""
    usage: dict[str, Any] | None = None
    asked: str = ""


def refused(response: requests.Response) -> ModelError:
    """Return the error that an answer of 4xx or 5xx tells."""
    status, detail = response.status_code, ""
    try:
        error = response.json()["error"]
        code = str(error.get("code") or error.get("type") or status)
        detail = str(error.get("message") or "")
    except (ValueError, KeyError, TypeError, AttributeError):
        code = str(status)
    message = f"the model's API answered {status}"
    if status == _TOO_MANY_REQUESTS or status >= _SERVER_ERROR:
        return ModelBusyError(code[:64], message, detail, _retry_after(response))
    return ModelError(code[:64], message, detail)


def read_answer(answer: dict[str, Any]) -> Completion:
    """Read an answer in one piece.

    Raises:
        KeyError, IndexError, TypeError, AttributeError: it is no chat completion.
    """
    choice = answer["choices"][0]
    message = choice["message"]
    return Completion(
        content=message.get("content") or "",
        tool_calls=[dict(call) for call in message.get("tool_calls") or []],
        finish_reason=choice.get("finish_reason") or "",
        model=answer.get("model") or "",
        usage=answer.get("usage"),
    )


def read_stream(
    response: requests.Response,
    deadline: float,
    on_chunk: Callable[[], None],
    on_token: Callable[[str], None],
) -> Completion:
    """Read a stream to its end.

    Args:
        response: the stream.
        deadline: when it must have ended, by the steady clock.
        on_chunk: called for each piece of text or of a tool call.
        on_token: called with each piece of text.

    Raises:
        requests.RequestException: it was cut, or took too long.
        ValueError, KeyError, TypeError, AttributeError: it is no stream of chat completions.
    """
    completion = Completion()
    calls: dict[int, dict[str, Any]] = {}
    for event in _events(response, deadline):
        completion.model = event.get("model") or completion.model
        completion.usage = event.get("usage") or completion.usage
        for choice in event.get("choices") or []:
            delta = choice.get("delta") or {}
            text, parts = delta.get("content"), delta.get("tool_calls") or []
            if text or parts:
                on_chunk()
            if text:
                completion.content += text
                on_token(text)
            for part in parts:
                _merge(calls, part)
            completion.finish_reason = choice.get("finish_reason") or completion.finish_reason
    completion.tool_calls = [calls[index] for index in sorted(calls)]
    return completion


def _retry_after(response: requests.Response) -> float | None:
    """Return the header ``Retry-After`` in seconds; its other form, a date, is not used here."""
    try:
        seconds = float(response.headers["retry-after"])
    except (KeyError, ValueError):
        return None
    return max(0.0, seconds) if math.isfinite(seconds) else None


def _events(response: requests.Response, deadline: float) -> Iterator[dict[str, Any]]:
    """Yield the JSON of server-sent events up to ``[DONE]``."""
    for line in response.iter_lines():
        # The client's own time-out starts anew with every byte.
        if time.monotonic() > deadline:
            raise requests.Timeout("the stream took too long")
        if line.startswith(b"data:"):
            data = line[5:].strip()
            if data == b"[DONE]":
                return
            yield json.loads(data)
    raise requests.ConnectionError("the stream was cut")


def _merge(calls: dict[int, dict[str, Any]], part: dict[str, Any]) -> None:
    empty = {"id": "", "type": "function", "function": {"name": "", "arguments": ""}}
    call = calls.setdefault(part.get("index", 0), empty)
    call["id"] = part.get("id") or call["id"]
    function = part.get("function") or {}
    call["function"]["name"] += function.get("name") or ""
    call["function"]["arguments"] += function.get("arguments") or ""
