"""Anthropic's endpoints: messages, token counts, models."""

import re
from typing import Any

from opentelemetry import trace
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from example_app.simulator.answer import send_stream, send_whole
from example_app.simulator.anthropic_conversation import conversation_of
from example_app.simulator.anthropic_message import message_events, message_object, stop_reason
from example_app.simulator.anthropic_request import CountRequest, MessageRequest, read_request
from example_app.simulator.api_error import ApiError
from example_app.simulator.json_response import JsonResponse
from example_app.simulator.model_catalogue import Model
from example_app.simulator.model_span import tell_request
from example_app.simulator.provider import REFUSED_KEY, Handler, Provider, bearer_key
from example_app.simulator.request_body import read_json
from example_app.simulator.tokens import count_tokens

VENDOR = "anthropic"
_NAME_LIMIT = 100
_VERSION = re.compile(r"\d{4}-\d{2}-\d{2}")
_PAGE = 20
_LONGEST_PAGE = 1000


class AnthropicRoutes:
    """The handlers, bound to one simulated provider."""

    def __init__(self, provider: Provider) -> None:
        self._provider = provider

    def routes(self) -> list[Route]:
        """Routes to mount in an application."""
        return [
            Route("/v1/messages", _checked(self._messages), methods=["POST"]),
            Route("/v1/messages/count_tokens", _checked(self._count_tokens), methods=["POST"]),
        ]

    async def models(self, request: Request) -> Response:
        """A page of models, newest first, or the one that the path names."""
        _check_headers(request)
        name = request.path_params.get("name")
        if name is not None:
            return JsonResponse(_model_object(self._find(name)))
        known = self._provider.models.of(VENDOR)
        newest = sorted(known, key=lambda model: model.released, reverse=True)
        return JsonResponse(_page([_model_object(model) for model in newest], request))

    async def _messages(self, request: Request) -> Response:
        asked = read_request(MessageRequest, await read_json(request))
        span = trace.get_current_span()
        tell_request(span, operation="chat", provider=VENDOR, model=asked.model)
        model = self._find(asked.model)
        conversation = conversation_of(asked)
        faults = await self._provider.effects.of(request)
        completion = self._provider.maker.complete(model, conversation, faults)
        reason = stop_reason(completion)
        if asked.stream:
            events = message_events(completion)
            return send_stream(completion, events, reason=reason, faults=faults, span=span)
        body = message_object(completion)
        return await send_whole(completion, body, reason=reason, faults=faults, span=span)

    async def _count_tokens(self, request: Request) -> Response:
        asked = read_request(CountRequest, await read_json(request))
        self._find(asked.model)
        conversation = conversation_of(asked)
        await self._provider.effects.of(request)
        size = sum(len(piece.data) for piece in conversation.prompt)
        return JsonResponse({"input_tokens": count_tokens(size)})

    def _find(self, name: str) -> Model:
        model = self._provider.models.find(name, VENDOR)
        if model is None:
            raise ApiError(404, f"model: {name[:_NAME_LIMIT]}")
        return model


def _checked(handler: Handler) -> Handler:
    async def checked(request: Request) -> Response:
        _check_headers(request)
        return await handler(request)

    return checked


def _check_headers(request: Request) -> None:
    """A key in either of Anthropic's headers, and a version."""
    key = request.headers.get("x-api-key", "").strip() or bearer_key(request)
    if not key:
        raise ApiError(401, "x-api-key header is required")
    if key == REFUSED_KEY:
        raise ApiError(401, "invalid x-api-key")
    version = request.headers.get("anthropic-version", "")
    if not version:
        raise ApiError(400, "header is required", path=("anthropic-version",))
    if not _VERSION.fullmatch(version):
        raise ApiError(400, f'"{version[:32]}" is not a valid version', path=("anthropic-version",))


def _page(rows: list[dict[str, Any]], request: Request) -> dict[str, Any]:
    """The rows after or before a given one, as many as asked for."""
    asked = request.query_params
    try:
        limit = int(asked.get("limit", _PAGE))
    except ValueError:
        limit = 0
    if not 1 <= limit <= _LONGEST_PAGE:
        raise ApiError(400, f"must be a number from 1 to {_LONGEST_PAGE}", path=("limit",))
    places = {row["id"]: place for place, row in enumerate(rows)}
    first, last = 0, len(rows)
    if asked.get("after_id") in places:
        first = places[asked["after_id"]] + 1
    if asked.get("before_id") in places:
        last = places[asked["before_id"]]
        first = max(first, last - limit)
    page = rows[first:last][:limit]
    return {
        "data": page,
        "has_more": first + len(page) < last,
        "first_id": page[0]["id"] if page else None,
        "last_id": page[-1]["id"] if page else None,
    }


def _model_object(model: Model) -> dict[str, Any]:
    return {
        "type": "model",
        "id": model.snapshot,
        "display_name": model.display_name,
        "created_at": model.released_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "lifecycle": "active",
        "line": model.line,
    }
