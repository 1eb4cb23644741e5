"""The model's API in OpenAI's format, over HTTP: one call, told as one operation."""

import logging
import time
from collections.abc import Callable
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from tenacity import Retrying, retry_if_exception_type, stop_after_attempt
from urllib3.exceptions import ReadTimeoutError

from agent_telemetry import ModelCall, ObservabilityStack
from example_app.model_answer import Completion, read_answer, read_stream, refused
from example_app.model_error import ModelBusyError, ModelError, ModelTimeoutError
from example_app.model_question import ModelQuestion, OnToken, wait_before_next

__all__ = ["Completion", "ModelBusyError", "ModelClient", "ModelError", "ModelTimeoutError"]

_log = logging.getLogger(__name__)

_ATTEMPTS = 3
_CLIENT_ERROR = 400
_DETAIL = 300


class ModelClient:
    """Asks the model, trying again a little when it is busy.

    Args:
        stack: told about each attempt.
        base_url: of the API, ending in ``/v1``.
        api_key: sent as bearer token.
        model: the model's name.
        timeout_seconds: longest wait for an answer.
        connections: most connections kept open.
        fallback_model: asked once when the model keeps failing; empty for none.
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
        fallback_model: str = "",
    ) -> None:
        self._stack = stack
        self._base_url = base_url.rstrip("/")
        self._timeout = timeout_seconds
        self._fallback = fallback_model
        self._session = requests.Session()
        self._session.headers["authorization"] = f"Bearer {api_key or 'none'}"
        self._session.mount("http://", HTTPAdapter(pool_maxsize=connections))
        self._session.mount("https://", HTTPAdapter(pool_maxsize=connections))
        self.model = model

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
        on_token: OnToken | None = None,
        *,
        model: str | None = None,
        check: Callable[[], None] | None = None,
    ) -> Completion:
        """Ask for the next message.

        Args:
            messages: the conversation in OpenAI's format.
            tools: the tools on offer, in OpenAI's format.
            on_token: called with each piece of text; the answer is then streamed.
            model: asked instead of the usual one.
            check: called before each attempt; what it raises ends the asking.

        Raises:
            ModelError: after the last attempt.
        """
        body: dict[str, Any] = {"model": model or self.model, "messages": messages}
        if tools:
            body["tools"] = tools
        if on_token is not None:
            body |= {"stream": True, "stream_options": {"include_usage": True}}
        asked = ModelQuestion(body, on_token, check)
        try:
            return self._with_retries(asked)
        except ModelBusyError as error:
            if self._fallback in {"", body["model"]}:
                raise
            asked.failed_call.fell_back(error.code)
            body["model"] = self._fallback
            return self._attempt(asked)

    def _with_retries(self, asked: ModelQuestion) -> Completion:
        for attempt in Retrying(
            stop=stop_after_attempt(_ATTEMPTS),
            wait=wait_before_next,
            retry=retry_if_exception_type(ModelBusyError),
            before_sleep=asked.again,
            reraise=True,
        ):
            with attempt:
                return self._attempt(asked)
        raise AssertionError("tenacity either returns or raises")

    def _attempt(self, asked: ModelQuestion) -> Completion:
        """Ask once.

        Raises:
            ModelError: there is no usable answer.
        """
        asked.check()
        model = asked.body["model"]
        streamed = {"gen_ai.request.stream": True} if asked.streams else {}
        try:
            with self._stack.llm(model, provider="openai", **streamed) as call:
                asked.failed_call = call
                call.capture(input=asked.body["messages"], tools=asked.body.get("tools"))
                try:
                    completion = self._send(call, asked)
                    _show(call, completion)
                    _tell_usage(call, completion)
                except requests.JSONDecodeError as error:
                    raise ModelError("bad_answer", "the model's answer is broken") from error
                except requests.RequestException as error:
                    if _is_timeout(error):
                        raise ModelTimeoutError("timeout", "the model was too slow") from error
                    # What was said cannot be taken back: a second attempt would say it again.
                    kind = ModelError if asked.said else ModelBusyError
                    raise kind("connection_error", "the connection to the model broke") from error
                except (ValueError, KeyError, TypeError, IndexError, AttributeError) as error:
                    raise ModelError("bad_answer", "the model's answer is broken") from error
        except ModelError as error:
            self._failed(model, error)
            raise
        completion.asked = model
        return completion

    def _send(self, call: ModelCall, asked: ModelQuestion) -> Completion:
        url = f"{self._base_url}/chat/completions"
        with (
            self._stack.http_client_span("POST", url) as http,
            self._session.post(
                url,
                json=asked.body,
                headers=http.headers(),
                timeout=(5, self._timeout),
                stream=asked.streams,
            ) as response,
        ):
            http.status_code(response.status_code)
            if response.status_code >= _CLIENT_ERROR:
                raise refused(response)
            if asked.streams:
                deadline = time.monotonic() + self._timeout
                return read_stream(response, deadline, call.chunk, asked.say)
            return read_answer(response.json())

    def _failed(self, model: str, error: ModelError) -> None:
        """Leave a line with the provider's own words; the error itself is told by the call."""
        _log.warning(
            "Model call failed: %s",
            error,
            extra={
                "event": "model_call_failed",
                "model": model,
                "error_type": error.code,
                "error": self._stack.redact(error.detail)[:_DETAIL] or str(error),
            },
        )


def _is_timeout(error: requests.RequestException) -> bool:
    """Whether the model was too slow; inside a stream the client calls that a lost connection."""
    slow_read = bool(error.args) and isinstance(error.args[0], ReadTimeoutError)
    return isinstance(error, requests.Timeout) or slow_read


def _show(call: ModelCall, completion: Completion) -> None:
    """Show the answer, for those who have switched content capture on."""
    if call.captures:
        call.capture(
            output={
                "role": "assistant",
                "content": completion.content,
                "tool_calls": completion.tool_calls,
                "finish_reason": completion.finish_reason,
            }
        )


def _tell_usage(call: ModelCall, completion: Completion) -> None:
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
