"""The model's API in OpenAI's format, over HTTP: one call, told as one operation."""

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from tenacity import Retrying, retry_if_exception_type, stop_after_attempt, wait_exponential_jitter
from urllib3.exceptions import ReadTimeoutError

from agent_telemetry import ModelCall, ObservabilityStack

_ATTEMPTS = 3
_TOO_MANY_REQUESTS = 429
_SERVER_ERROR = 500
_CLIENT_ERROR = 400


class ModelError(Exception):
    """The model gave no usable answer; ``code`` is the provider's or the transport's word."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class ModelBusyError(ModelError):
    """A failure that may be gone at once: 429, 5xx, a broken connection."""


class ModelTimeoutError(ModelError, TimeoutError):
    """The model did not answer in time."""


@dataclass
class Completion:
    """What the model answered.

    Attributes:
        content: its text, empty when it only calls tools.
        tool_calls: calls in OpenAI's format.
        finish_reason: why it stopped.
        model: the model that answered.
        usage: the provider's token numbers, in OpenAI's format.
    """

    content: str = ""
    tool_calls: list[dict[str, Any]] = field(default_factory=list)
    finish_reason: str = ""
    model: str = ""
    usage: dict[str, Any] | None = None


class ModelClient:
    """Asks the model, trying again a little when it is busy.

    Args:
        stack: told about each attempt.
        base_url: of the API, ending in ``/v1``.
        api_key: sent as bearer token.
        model: the model's name.
        timeout_seconds: longest wait for an answer.
        connections: most connections kept open.
    """

    def __init__(
        self,
        stack: ObservabilityStack,
        *,
        base_url: str,
        api_key: str,
        model: str,
        timeout_seconds: float,
        connections: int,
    ) -> None:
        self._stack = stack
        self._base_url = base_url.rstrip("/")
        self._model = model
        self._timeout = timeout_seconds
        self._session = requests.Session()
        self._session.headers["authorization"] = f"Bearer {api_key or 'none'}"
        self._session.mount("http://", HTTPAdapter(pool_maxsize=connections))
        self._session.mount("https://", HTTPAdapter(pool_maxsize=connections))

    @property
    def fault_url(self) -> str:
        """Where a simulator behind the API takes its faults."""
        return self._base_url.removesuffix("/v1") + "/faults"

    def is_reachable(self) -> bool:
        """Return whether the API answers at all; asked by ``/ready``."""
        return self._session.get(f"{self._base_url}/models", timeout=3).ok

    def complete(
        self,
        messages: list[dict[str, Any]],
        tools: list[dict[str, Any]],
        on_token: Callable[[str], None] | None = None,
    ) -> Completion:
        """Ask for the next message.

        Args:
            messages: the conversation in OpenAI's format.
            tools: the tools on offer, in OpenAI's format.
            on_token: called with each piece of text; the answer is then streamed.

        Raises:
            ModelError: after the last attempt.
        """
        body: dict[str, Any] = {"model": self._model, "messages": messages}
        if tools:
            body["tools"] = tools
        if on_token is not None:
            body |= {"stream": True, "stream_options": {"include_usage": True}}
        for attempt in Retrying(
            stop=stop_after_attempt(_ATTEMPTS),
            wait=wait_exponential_jitter(multiplier=0.1, max=1),
            retry=retry_if_exception_type(ModelBusyError),
            reraise=True,
        ):
            with attempt:
                return self._attempt(body, on_token)
        raise AssertionError("tenacity either returns or raises")

    def _attempt(self, body: dict[str, Any], on_token: Callable[[str], None] | None) -> Completion:
        said = False

        def say(text: str) -> None:
            nonlocal said
            said = True
            if on_token is not None:
                on_token(text)

        with self._stack.llm(self._model, provider="openai") as call:
            try:
                completion = self._send(body, None if on_token is None else say)
                _tell(call, completion)
            except requests.JSONDecodeError as error:
                raise ModelError("bad_answer", "the model's answer is broken") from error
            except requests.RequestException as error:
                if _is_timeout(error):
                    raise ModelTimeoutError("timeout", "the model was too slow") from error
                # What was said cannot be taken back: a second attempt would say it again.
                kind = ModelError if said else ModelBusyError
                raise kind("connection_error", "the connection to the model broke") from error
            except (ValueError, KeyError, TypeError, IndexError, AttributeError) as error:
                raise ModelError("bad_answer", "the model's answer is broken") from error
            return completion

    def _send(self, body: dict[str, Any], on_token: Callable[[str], None] | None) -> Completion:
        url = f"{self._base_url}/chat/completions"
        with (
            self._stack.http_client_span("POST", url) as http,
            self._session.post(
                url,
                json=body,
                headers=http.headers(),
                timeout=(5, self._timeout),
                stream=on_token is not None,
            ) as response,
        ):
            http.status_code(response.status_code)
            if response.status_code >= _CLIENT_ERROR:
                raise _refused(response)
            if on_token is not None:
                deadline = time.monotonic() + self._timeout
                return _read_stream(_events(response, deadline), on_token)
            return _read_answer(response.json())


def _is_timeout(error: requests.RequestException) -> bool:
    """Whether the model was too slow; inside a stream the client calls that a lost connection."""
    slow_read = bool(error.args) and isinstance(error.args[0], ReadTimeoutError)
    return isinstance(error, requests.Timeout) or slow_read


def _tell(call: ModelCall, completion: Completion) -> None:
    if completion.model:
        call.response_model(completion.model)
    call.finish_reason(completion.finish_reason)
    usage = completion.usage
    if usage is not None:
        prompt = usage.get("prompt_tokens_details") or {}
        produced = usage.get("completion_tokens_details") or {}
        call.usage(
            input=usage["prompt_tokens"],
            output=usage["completion_tokens"],
            cached=prompt.get("cached_tokens") or 0,
            reasoning=produced.get("reasoning_tokens") or 0,
        )


def _refused(response: requests.Response) -> ModelError:
    try:
        error = response.json()["error"]
        code = str(error.get("code") or error.get("type") or response.status_code)
    except (ValueError, KeyError, TypeError, AttributeError):
        code = str(response.status_code)
    status = response.status_code
    kind = ModelBusyError if status == _TOO_MANY_REQUESTS or status >= _SERVER_ERROR else ModelError
    return kind(code[:64], f"the model's API answered {status}")


def _read_answer(answer: dict[str, Any]) -> Completion:
    choice = answer["choices"][0]
    message = choice["message"]
    return Completion(
        content=message.get("content") or "",
        tool_calls=[dict(call) for call in message.get("tool_calls") or []],
        finish_reason=choice.get("finish_reason") or "",
        model=answer.get("model") or "",
        usage=answer.get("usage"),
    )


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


def _read_stream(events: Iterator[dict[str, Any]], on_token: Callable[[str], None]) -> Completion:
    completion = Completion()
    calls: dict[int, dict[str, Any]] = {}
    for event in events:
        completion.model = event.get("model") or completion.model
        completion.usage = event.get("usage") or completion.usage
        for choice in event.get("choices") or []:
            delta = choice.get("delta") or {}
            text = delta.get("content")
            if text:
                completion.content += text
                on_token(text)
            for part in delta.get("tool_calls") or []:
                _merge(calls, part)
            completion.finish_reason = choice.get("finish_reason") or completion.finish_reason
    completion.tool_calls = [calls[index] for index in sorted(calls)]
    return completion


def _merge(calls: dict[int, dict[str, Any]], part: dict[str, Any]) -> None:
    empty = {"id": "", "type": "function", "function": {"name": "", "arguments": ""}}
    call = calls.setdefault(part.get("index", 0), empty)
    call["id"] = part.get("id") or call["id"]
    function = part.get("function") or {}
    call["function"]["name"] += function.get("name") or ""
    call["function"]["arguments"] += function.get("arguments") or ""
