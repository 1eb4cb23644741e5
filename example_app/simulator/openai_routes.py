"""OpenAI's endpoints: chat completions, embeddings, models."""

import asyncio
import base64
import struct
import time
from collections.abc import Awaitable, Callable
from typing import Any, Literal

from opentelemetry import trace
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from example_app.simulator.completion import CompletionMaker
from example_app.simulator.embeddings import embed
from example_app.simulator.fault_effects import FaultEffects
from example_app.simulator.latency import Latency
from example_app.simulator.model_catalogue import Model, ModelCatalogue
from example_app.simulator.openai_completion import completion_object, completion_stream
from example_app.simulator.openai_errors import OpenAIError, from_validation, unknown_model
from example_app.simulator.openai_request import read_chat_request
from example_app.simulator.request_body import read_json
from example_app.simulator.tokens import text_tokens

_RELEASED = 1_735_689_600
"""`created` of every listed model, in Unix seconds; the real dates differ and nobody reads them."""

Handler = Callable[[Request], Awaitable[Response]]


class _EmbeddingRequest(BaseModel):
    model_config = ConfigDict(extra="ignore")

    model: str
    input: str | list[str] = Field(min_length=1, max_length=1_000_000)
    dimensions: int | None = Field(default=None, ge=1, le=3072)
    encoding_format: Literal["float", "base64"] = "float"


class OpenAIRoutes:
    """The handlers, bound to one simulated provider."""

    def __init__(
        self,
        *,
        models: ModelCatalogue,
        maker: CompletionMaker,
        latency: Latency,
        effects: FaultEffects,
    ) -> None:
        self._models = models
        self._maker = maker
        self._latency = latency
        self._effects = effects

    def routes(self) -> list[Route]:
        """Routes to mount in an application."""
        return [
            Route("/v1/chat/completions", _with_key(self.chat), methods=["POST"]),
            Route("/v1/embeddings", _with_key(self.embeddings), methods=["POST"]),
            Route("/v1/models", _with_key(self.models), methods=["GET"]),
            Route("/v1/models/{name}", _with_key(self.model), methods=["GET"]),
        ]

    async def chat(self, request: Request) -> Response:
        """Answers a conversation, whole or as a stream."""
        asked = read_chat_request(await read_json(request))
        trace.get_current_span().set_attribute("gen_ai.request.model", asked.model[:100])
        model = self._find(asked.model, "chat")
        conversation = asked.conversation()
        await self._effects.before_answer(request)
        completion = self._maker.complete(model, conversation)
        late = self._effects.first_token_delay()
        created = int(time.time())
        if asked.stream:
            return StreamingResponse(
                completion_stream(
                    completion,
                    created,
                    include_usage=asked.include_usage,
                    first_token_delay=late + completion.pace.first_token,
                ),
                media_type="text/event-stream",
                headers={"Cache-Control": "no-cache"},
            )
        await asyncio.sleep(late + completion.pace.total(completion.usage.completion))
        return JSONResponse(completion_object(completion, created))

    async def embeddings(self, request: Request) -> Response:
        """Vectors for one text or several."""
        try:
            asked = _EmbeddingRequest.model_validate(await read_json(request))
        except ValidationError as error:
            raise from_validation(error) from None
        trace.get_current_span().set_attribute("gen_ai.request.model", asked.model[:100])
        model = self._find(asked.model, "embedding")
        texts = [asked.input] if isinstance(asked.input, str) else asked.input
        _check_texts(texts)
        dimensions = asked.dimensions or model.dimensions
        if dimensions > model.dimensions:
            raise OpenAIError(
                400, f"'dimensions' is at most {model.dimensions} here.", param="dimensions"
            )
        await self._effects.before_answer(request)
        tokens = sum(text_tokens(text) for text in texts)
        pace = self._latency.pace(model, prompt_tokens=tokens)
        await asyncio.sleep(pace.first_token)
        data = [
            {
                "object": "embedding",
                "index": index,
                "embedding": _encoded(embed(text, dimensions), asked.encoding_format),
            }
            for index, text in enumerate(texts)
        ]
        usage = {"prompt_tokens": tokens, "total_tokens": tokens}
        return JSONResponse(
            {"object": "list", "data": data, "model": model.snapshot, "usage": usage}
        )

    async def models(self, _request: Request) -> Response:
        """All models."""
        listed = [_model_object(model) for model in self._models.models]
        return JSONResponse({"object": "list", "data": listed})

    async def model(self, request: Request) -> Response:
        """One model by name."""
        name = request.path_params["name"]
        model = self._models.find(name, "chat") or self._models.find(name, "embedding")
        if model is None:
            raise unknown_model(name)
        return JSONResponse(_model_object(model))

    def _find(self, name: str, kind: str) -> Model:
        model = self._models.find(name, kind)
        if model is None:
            raise unknown_model(name)
        return model


def _with_key(handler: Handler) -> Handler:
    """Refuses callers without a bearer key. Which key does not matter: nothing is billed here."""

    async def checked(request: Request) -> Response:
        scheme, _, key = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not key.strip():
            raise OpenAIError(
                401,
                "You didn't provide an API key. Send it in an Authorization header using Bearer"
                " auth (Authorization: Bearer YOUR_KEY).",
            )
        return await handler(request)

    return checked


def _check_texts(texts: list[str]) -> None:
    limit = 2048
    if len(texts) > limit or not all(texts):
        raise OpenAIError(
            400, f"'input' must be 1 to {limit} texts, none of them empty.", param="input"
        )


def _encoded(vector: list[float], encoding: str) -> list[float] | str:
    if encoding == "base64":
        return base64.b64encode(struct.pack(f"<{len(vector)}f", *vector)).decode()
    return vector


def _model_object(model: Model) -> dict[str, Any]:
    return {"id": model.name, "object": "model", "created": _RELEASED, "owned_by": "openai"}
