"""OpenAI's endpoints: chat completions, embeddings, models."""

import asyncio
import time
from typing import Any

from opentelemetry import trace
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from example_app.simulator.answer import send_stream, send_whole
from example_app.simulator.api_error import ApiError
from example_app.simulator.json_response import JsonResponse
from example_app.simulator.model_catalogue import Model
from example_app.simulator.model_span import tell_request, tell_vectors
from example_app.simulator.openai_completion import (
    completion_events,
    completion_object,
    finish_reason,
)
from example_app.simulator.openai_embeddings import embeddings_object, read_embedding_request
from example_app.simulator.openai_request import read_chat_request
from example_app.simulator.provider import REFUSED_KEY, Handler, Provider, bearer_key
from example_app.simulator.request_body import read_json

VENDOR = "openai"
_NAME_LIMIT = 100


class OpenAIRoutes:
    """The handlers, bound to one simulated provider."""

    def __init__(self, provider: Provider) -> None:
        self._provider = provider

    def routes(self) -> list[Route]:
        """Routes to mount in an application."""
        return [
            Route("/v1/chat/completions", _with_key(self._chat), methods=["POST"]),
            Route("/v1/embeddings", _with_key(self._embeddings), methods=["POST"]),
        ]

    async def models(self, request: Request) -> Response:
        """All models, or the one that the path names."""
        _check_key(request)
        name = request.path_params.get("name")
        if name is not None:
            return JsonResponse(_model_object(self._find(name, None)))
        listed = [_model_object(model) for model in self._provider.models.of(VENDOR)]
        return JsonResponse({"object": "list", "data": listed})

    async def _chat(self, request: Request) -> Response:
        asked = read_chat_request(await read_json(request))
        span = trace.get_current_span()
        tell_request(span, operation="chat", provider=VENDOR, model=asked.model)
        model = self._find(asked.model, "chat")
        conversation = asked.conversation()
        faults = await self._provider.effects.of(request)
        completion = self._provider.maker.complete(model, conversation, faults)
        reason = finish_reason(completion)
        created = int(time.time())
        if asked.stream:
            events = completion_events(completion, created, include_usage=asked.include_usage)
            return send_stream(completion, events, reason=reason, faults=faults, span=span)
        body = completion_object(completion, created)
        return await send_whole(completion, body, reason=reason, faults=faults, span=span)

    async def _embeddings(self, request: Request) -> Response:
        asked = read_embedding_request(await read_json(request))
        span = trace.get_current_span()
        tell_request(span, operation="embeddings", provider=VENDOR, model=asked.model)
        model = self._find(asked.model, "embedding")
        dimensions = asked.dimensions_of(model)
        await self._provider.effects.of(request)
        tokens = asked.tokens
        pace = self._provider.latency.pace(model, prompt_tokens=tokens)
        await asyncio.sleep(pace.first_token)
        tell_vectors(span, model=model.snapshot, tokens=tokens)
        return JsonResponse(await embeddings_object(asked, model, dimensions))

    def _find(self, name: str, kind: str | None) -> Model:
        model = self._provider.models.find(name, VENDOR, kind)
        if model is None:
            raise ApiError(
                404,
                f"The model `{name[:_NAME_LIMIT]}` does not exist or you do not have access to it.",
                code="model_not_found",
            )
        return model


def _with_key(handler: Handler) -> Handler:
    async def checked(request: Request) -> Response:
        _check_key(request)
        return await handler(request)

    return checked


def _check_key(request: Request) -> None:
    key = bearer_key(request)
    if not key:
        raise ApiError(
            401,
            "You didn't provide an API key. Send it in an Authorization header using Bearer auth"
            " (Authorization: Bearer YOUR_KEY).",
        )
    if key == REFUSED_KEY:
        raise ApiError(401, f"Incorrect API key provided: {REFUSED_KEY}.", code="invalid_api_key")


def _model_object(model: Model) -> dict[str, Any]:
    return {
        "id": model.name,
        "object": "model",
        "created": int(model.released_at.timestamp()),
        "owned_by": VENDOR,
    }
