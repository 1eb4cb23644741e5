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

from example_app.simulator.completion import CompletionMaker
from example_app.simulator.fault_effects import FaultEffects
from example_app.simulator.fault_routes import FaultRoutes
from example_app.simulator.faults import FaultBoard, utc_now
from example_app.simulator.intents import IntentTable
from example_app.simulator.latency import Latency
from example_app.simulator.model_catalogue import ModelCatalogue
from example_app.simulator.openai_errors import (
    OpenAIError,
    handle_http_exception,
    handle_openai_error,
    handle_unforeseen,
)
from example_app.simulator.openai_routes import OpenAIRoutes
from example_app.simulator.planner import Planner
from example_app.simulator.prompt_cache import PromptCache
from example_app.simulator.settings import SimulatorSettings
from example_app.simulator.tracing import create_tracer_provider


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
        now: Clock of the faults.
    """
    settings = settings or SimulatorSettings()
    provider = tracer_provider or create_tracer_provider(settings.otlp_endpoint)
    own_provider = provider if tracer_provider is None else None
    latency = Latency(seed=settings.seed, scale=settings.latency_scale)
    board = FaultBoard(seed=settings.seed, now=now)
    openai = OpenAIRoutes(
        models=ModelCatalogue.load(),
        maker=CompletionMaker(
            planner=Planner(IntentTable.load()),
            cache=PromptCache(min_tokens=settings.cache_min_tokens),
            latency=latency,
            seed=settings.seed,
        ),
        latency=latency,
        effects=FaultEffects(board),
    )

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        yield
        if isinstance(own_provider, SdkTracerProvider):
            await anyio.to_thread.run_sync(own_provider.shutdown)

    return Starlette(
        routes=[
            *openai.routes(),
            *FaultRoutes(board, enabled=settings.faults_enabled).routes(),
            Route("/health", _health, methods=["GET"]),
        ],
        middleware=[
            Middleware(
                OpenTelemetryMiddleware,
                tracer_provider=provider,
                excluded_urls=[r"/health(\?|$)", r"/faults(/|\?|$)"],
            )
        ],
        exception_handlers={
            OpenAIError: handle_openai_error,
            HTTPException: handle_http_exception,
            Exception: handle_unforeseen,
        },
        lifespan=lifespan,
    )


async def _health(_request: Request) -> Response:
    return JSONResponse({"status": "ok"})
