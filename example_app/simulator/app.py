"""Puts the simulator together."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime

import anyio.to_thread
from opentelemetry.sdk.trace import TracerProvider as SdkTracerProvider
from opentelemetry.trace import TracerProvider
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.opentelemetry import OpenTelemetryMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from example_app.simulator.anthropic_routes import AnthropicRoutes
from example_app.simulator.api_error import ApiError
from example_app.simulator.completion import CompletionMaker
from example_app.simulator.fault_effects import FaultEffects
from example_app.simulator.fault_routes import FaultRoutes
from example_app.simulator.faults import FaultBoard, utc_now
from example_app.simulator.intents import IntentTable
from example_app.simulator.latency import Latency
from example_app.simulator.model_catalogue import ModelCatalogue
from example_app.simulator.model_list_routes import ModelListRoutes
from example_app.simulator.openai_routes import OpenAIRoutes
from example_app.simulator.planner import Planner
from example_app.simulator.prompt_cache import AutomaticCache, MarkedCache
from example_app.simulator.provider import Provider
from example_app.simulator.request_ids import RequestIds
from example_app.simulator.settings import SimulatorSettings
from example_app.simulator.tracing import create_tracer_provider
from example_app.simulator.wire_format import (
    handle_api_error,
    handle_http_exception,
    handle_unforeseen,
)


def create_simulator(
    settings: SimulatorSettings | None = None,
    *,
    tracer_provider: TracerProvider | None = None,
    now: Callable[[], datetime] = utc_now,
) -> Starlette:
    """The simulator as an ASGI application; it touches nothing global in the process.

    Args:
        settings: What to do; read from the environment if left out.
        tracer_provider: Where the SERVER spans go. Left out, one is made from the settings and
            shut down with the application; one that is given stays the caller's.
        now: Clock of the faults and of the prompt cache.
    """
    settings = settings or SimulatorSettings()
    provider = tracer_provider or create_tracer_provider(settings.otlp_endpoint)
    own_provider = provider if tracer_provider is None else None
    latency = Latency(seed=settings.seed, scale=settings.latency_scale)
    board = FaultBoard(seed=settings.seed, now=now)
    shortest = settings.cache_min_tokens
    model_provider = Provider(
        models=ModelCatalogue.load(),
        maker=CompletionMaker(
            planner=Planner(IntentTable.load()),
            caches={
                "openai": AutomaticCache(min_tokens=shortest),
                "anthropic": MarkedCache(min_tokens=shortest, now=now),
            },
            latency=latency,
            seed=settings.seed,
        ),
        latency=latency,
        effects=FaultEffects(board, enabled=settings.faults_enabled),
    )
    openai = OpenAIRoutes(model_provider)
    anthropic = AnthropicRoutes(model_provider)

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        yield
        if isinstance(own_provider, SdkTracerProvider):
            await anyio.to_thread.run_sync(own_provider.shutdown)

    return Starlette(
        routes=[
            *openai.routes(),
            *anthropic.routes(),
            *ModelListRoutes(openai, anthropic).routes(),
            *FaultRoutes(board, enabled=settings.faults_enabled).routes(),
            Route("/health", _health, methods=["GET"]),
        ],
        middleware=[
            Middleware(RequestIds, seed=settings.seed),
            Middleware(
                OpenTelemetryMiddleware,
                tracer_provider=provider,
                excluded_urls=[r"/health(\?|$)", r"/faults(/|\?|$)"],
            ),
        ],
        exception_handlers={
            ApiError: handle_api_error,
            HTTPException: handle_http_exception,
            Exception: handle_unforeseen,
        },
        lifespan=lifespan,
    )


async def _health(_request: Request) -> Response:
    return JSONResponse({"status": "ok"})
