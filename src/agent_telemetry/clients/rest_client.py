"""Watches clients of OpenAI's and Anthropic's packages: each call becomes one model call.

Both packages send everything through their client's ``request``, whole answers, streams, helpers
such as ``messages.stream`` and ``chat.completions.parse`` alike, so one place sees all of them.
"""

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from agent_telemetry.clients.answer_facts import AnswerFormat, facts_of
from agent_telemetry.clients.anthropic_format import Messages
from agent_telemetry.clients.openai_format import ChatCompletions, Embeddings, Responses
from agent_telemetry.clients.watched_stream import StreamWatch, watched
from agent_telemetry.operations.model_call import ModelCall
from agent_telemetry.operations.operation import current_operation

if TYPE_CHECKING:
    from agent_telemetry.operations.operations import Operations

_RAW = "X-Stainless-Raw-Response"
_OPENAI_PATHS: dict[str, AnswerFormat] = {
    "/chat/completions": ChatCompletions(),
    "/completions": ChatCompletions(),
    "/responses": Responses(),
    "/embeddings": Embeddings(),
}
_ANTHROPIC_PATHS: dict[str, AnswerFormat] = {"/v1/messages": Messages()}


@dataclass(frozen=True)
class RestApi:
    """What is known of the API behind a client.

    Attributes:
        provider: value of ``gen_ai.provider.name``.
        paths: the formats of the paths that are model calls.
        asks_usage: whether streams are asked for their usage, which OpenAI gives on request only.
    """

    provider: str
    paths: dict[str, AnswerFormat]
    asks_usage: bool = False


class RestClientWatch:
    """Stands in for a client's ``request``."""

    def __init__(self, client: Any, stack: "Operations", api: RestApi) -> None:
        self._request = client.request
        self._stack = stack
        self._api = api

    def request(self, cast_to: Any, options: Any, **given: Any) -> Any:
        """Send a request of a synchronous client."""
        answers = self._format(options)
        if answers is None:
            return self._request(cast_to, options, **given)
        call = self._call(options)
        sent = self._asking_usage(options, answers)
        call.__enter__()  # no ``with``: a stream goes on after this returns
        self._asked(call, options)
        try:
            answer = self._request(cast_to, sent, **given)
        except BaseException as error:
            call.end(error)
            raise
        return self._answered(call, answers, answer, options, given, asked=sent is not options)

    async def arequest(self, cast_to: Any, options: Any, **given: Any) -> Any:
        """Send a request of an asynchronous client."""
        answers = self._format(options)
        if answers is None:
            return await self._request(cast_to, options, **given)
        call = self._call(options)
        sent = self._asking_usage(options, answers)
        call.__enter__()  # no ``with``: a stream goes on after this returns
        self._asked(call, options)
        try:
            answer = await self._request(cast_to, sent, **given)
        except BaseException as error:
            call.end(error)
            raise
        return self._answered(call, answers, answer, options, given, asked=sent is not options)

    def _format(self, options: Any) -> AnswerFormat | None:
        """Return the format of a model call; None for others and inside a call already told."""
        try:
            path = str(options.url).partition("?")[0]
            found = self._api.paths.get(path)
            if found is None or not isinstance(options.json_data, dict) or _in_model_call():
                return None
        except Exception as error:  # noqa: BLE001 -- telemetry never raises into its host
            self._stack.signals.guard.fault("clients.request", error)
            return None
        return found

    def _call(self, options: Any) -> ModelCall:
        model = str(options.json_data.get("model") or "unknown")
        begin = self._stack.embedding if _is_embedding(options) else self._stack.llm
        return begin(model, provider=self._api.provider, **_request_attributes(options.json_data))

    def _asked(self, call: ModelCall, options: Any) -> None:
        """Show the request, when content is captured."""
        if not call.captures or _is_embedding(options):
            return
        body = options.json_data
        call.capture(
            input=body.get("messages") or body.get("input") or body.get("prompt"),
            system=body.get("system") or body.get("instructions"),
            tools=body.get("tools"),
        )

    def _asking_usage(self, options: Any, answers: AnswerFormat) -> Any:
        """Return the request, asking for the usage where a stream would not tell it."""
        body = options.json_data
        if (
            not self._api.asks_usage
            or not isinstance(answers, ChatCompletions)
            or not body.get("stream")
            or isinstance(body.get("stream_options"), dict)
        ):
            return options
        asked = {**body, "stream_options": {"include_usage": True}}
        return options.model_copy(update={"json_data": asked})

    def _answered(
        self,
        call: ModelCall,
        answers: AnswerFormat,
        answer: Any,
        options: Any,
        given: dict[str, Any],
        *,
        asked: bool,
    ) -> Any:
        raw = _raw(options)
        if not given.get("stream") or raw:
            self._tell(call, answers, answer, raw)
            call.end()
            return answer
        call.detach()
        watch = StreamWatch(
            call,
            answers,
            self._stack.signals,
            prompt_words=lambda: _words(options.json_data),
            hides=_is_usage_alone if asked else None,
        )
        return watched(answer, watch)

    def _tell(self, call: ModelCall, answers: AnswerFormat, answer: Any, raw: str) -> None:
        """Tell a whole answer; the bytes of a raw stream are the caller's alone."""
        try:
            if raw == "stream":
                return
            if raw:
                answer = answer.parse()  # kept by the answer: the caller's own parse is free
            if hasattr(answer, "__next__") or hasattr(answer, "__anext__"):
                return
            facts = facts_of(call)
            answers.read(answer, facts)
            facts.tell(call)
        except Exception as error:  # noqa: BLE001 -- telemetry never raises into its host
            self._stack.signals.guard.fault("clients.answer", error)


def watch_rest_client(client: Any, stack: "Operations", *, stream_usage: bool | None = None) -> Any:
    """Watch an ``OpenAI``, ``AsyncOpenAI``, ``Anthropic`` or ``AsyncAnthropic`` client.

    Args:
        client: the client; it is changed in place.
        stack: told about each call.
        stream_usage: ask OpenAI-style streams for their usage (the extra piece is hidden from the
            caller); by default only with OpenAI's own API, since others may refuse the question.
    """
    if isinstance(getattr(client.request, "__self__", None), RestClientWatch):
        return client
    watch = RestClientWatch(client, stack, _api_of(client, stream_usage=stream_usage))
    client.request = watch.arequest if _is_async(client) else watch.request
    copy: Callable[..., Any] = client.copy

    def copied(*args: Any, **given: Any) -> Any:
        return watch_rest_client(copy(*args, **given), stack, stream_usage=stream_usage)

    client.copy = client.with_options = copied
    return client


def _api_of(client: Any, *, stream_usage: bool | None) -> RestApi:
    name, host = type(client).__name__, str(getattr(client.base_url, "host", "") or "")
    if "Anthropic" in name:
        for word, cloud in (("Bedrock", "aws.bedrock"), ("Vertex", "gcp.vertex_ai")):
            if word in name:
                return RestApi(cloud, _ANTHROPIC_PATHS)
        return RestApi("anthropic", _ANTHROPIC_PATHS)
    asks = host == "api.openai.com" if stream_usage is None else stream_usage
    return RestApi(_OPENAI_HOSTS.get(host, _by_suffix(name, host)), _OPENAI_PATHS, asks)


#: Well-known APIs in OpenAI's format (registry of ``gen_ai.provider.name``).
_OPENAI_HOSTS = {
    "api.deepseek.com": "deepseek",
    "api.groq.com": "groq",
    "api.mistral.ai": "mistral_ai",
    "api.perplexity.ai": "perplexity",
    "api.x.ai": "x_ai",
}


def _by_suffix(name: str, host: str) -> str:
    azure = "Azure" in name or host.endswith(".openai.azure.com")
    return "azure.ai.openai" if azure else "openai"


def _in_model_call() -> bool:
    """Whether a call around this one tells it already, such as a framework's."""
    return isinstance(current_operation(), ModelCall)


def _is_async(client: Any) -> bool:
    return inspect.iscoroutinefunction(client.request)


def _is_embedding(options: Any) -> bool:
    return str(options.url).partition("?")[0] == "/embeddings"


def _raw(options: Any) -> str:
    headers = options.headers if isinstance(options.headers, dict) else {}
    return str(headers.get(_RAW) or "")


def _is_usage_alone(piece: Any) -> bool:
    return not piece.choices and getattr(piece, "usage", None) is not None


_ASKED = {
    "max_tokens": "gen_ai.request.max_tokens",
    "max_completion_tokens": "gen_ai.request.max_tokens",
    "temperature": "gen_ai.request.temperature",
    "top_p": "gen_ai.request.top_p",
    "seed": "gen_ai.request.seed",
    "stream": "gen_ai.request.stream",
}


def _request_attributes(body: dict[str, Any]) -> dict[str, Any]:
    """Return the request's settings by the conventions' names; none of them is content."""
    return {
        name: body[key] for key, name in _ASKED.items() if isinstance(body.get(key), int | float)
    }


def _words(value: Any, depth: int = 8) -> int:
    """Return the words of all text in a request."""
    if isinstance(value, str):
        return len(value.split())
    if depth and isinstance(value, dict):
        return sum(_words(each, depth - 1) for each in value.values())
    if depth and isinstance(value, list | tuple):
        return sum(_words(each, depth - 1) for each in value)
    return 0
