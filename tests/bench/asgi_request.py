"""One request through an ASGI app, called in the process: what the middleware adds to it."""

import asyncio
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import logfire
from opentelemetry.instrumentation.asgi import OpenTelemetryMiddleware
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from prometheus_client import CollectorRegistry
from prometheus_fastapi_instrumentator import Instrumentator
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette_exporter import PrometheusMiddleware

from tests.bench.asgi_floor import AsgiFloor
from tests.bench.outlets import Nowhere, our_stack, provider
from tests.bench.rounds import Contestant

CALLS = 100
METRICS, SPAN = "floor: metrics by labels()", "floor: metrics and span"
_SCOPE = {
    "type": "http",
    "asgi": {"version": "3.0"},
    "http_version": "1.1",
    "method": "GET",
    "scheme": "http",
    "path": "/orders/7",
    "raw_path": b"/orders/7",
    "query_string": b"",
    "root_path": "",
    "headers": [(b"host", b"127.0.0.1"), (b"user-agent", b"bench")],
    "client": ("127.0.0.1", 50_000),
    "server": ("127.0.0.1", 8000),
}


def contestants(ending: ExitStack, folder: Path) -> list[Contestant]:
    """Build everybody who takes part; ``ending`` takes what must be closed."""
    runner = ending.enter_context(asyncio.Runner())

    def served(app: Any) -> Callable[[int], tuple[float, float]]:
        return lambda count: runner.run(_requests(app, count))

    log = ending.enter_context((folder / "floor.jsonl").open("wb"))
    tracer = provider(ending).get_tracer("floor")
    stack = our_stack(ending, folder)
    return [
        Contestant(name="app alone", records="", run=served(_app()), role="bare"),
        Contestant(
            name="floor: metrics, span, JSON line",
            records="2 metric writes, span, line",
            run=served(AsgiFloor(_app(), tracer, log)),
            role="floor",
        ),
        Contestant(
            name=SPAN,
            records="2 metric writes, span",
            run=served(AsgiFloor(_app(), tracer)),
            role="floor",
            against=SPAN,
        ),
        Contestant(
            name=METRICS,
            records="2 metric writes",
            run=served(AsgiFloor(_app())),
            role="floor",
            against=METRICS,
        ),
        Contestant(
            name="agent_telemetry",
            records="6 metric writes, span, line, request id, redaction",
            run=served(stack.asgi(_app())),
            role="ours",
        ),
        Contestant(
            name="opentelemetry-instrumentation-asgi",
            records="metrics, one span",
            run=served(_otel(ending)),
            against=SPAN,
        ),
        Contestant(
            name="logfire (on the former)",
            records="one span",
            run=served(_logfire(ending)),
            against=SPAN,
        ),
        Contestant(
            name="prometheus-fastapi-instrumentator",
            records="metrics",
            run=served(_instrumentator()),
            against=METRICS,
        ),
        Contestant(
            name="starlette-exporter",
            records="metrics",
            run=served(_exporter()),
            against=METRICS,
        ),
    ]


async def _order(request: Request) -> PlainTextResponse:
    return PlainTextResponse(request.path_params["number"])


def _app() -> Starlette:
    return Starlette(routes=[Route("/orders/{number}", _order)])


async def _receive() -> dict[str, Any]:
    return {"type": "http.request", "body": b"", "more_body": False}


async def _send(message: Any) -> None:
    """Take the answer; nobody reads it."""


async def _requests(app: Any, count: int) -> tuple[float, float]:
    cpu, wall = time.process_time(), time.perf_counter()
    for _ in range(count):
        await app(dict(_SCOPE), _receive, _send)
    return time.process_time() - cpu, time.perf_counter() - wall


def _otel(ending: ExitStack) -> Any:
    meters = MeterProvider(metric_readers=[InMemoryMetricReader()])
    ending.callback(meters.shutdown)
    return OpenTelemetryMiddleware(
        _app(),
        tracer_provider=provider(ending),
        meter_provider=meters,
        exclude_spans=["receive", "send"],
    )


def _logfire(ending: ExitStack) -> Any:
    local = logfire.configure(
        local=True,
        send_to_logfire=False,
        console=False,
        metrics=False,
        inspect_arguments=False,
        additional_span_processors=[BatchSpanProcessor(Nowhere(), max_queue_size=65_536)],
    )
    ending.callback(local.shutdown)
    return local.instrument_asgi(_app())


def _instrumentator() -> Any:
    app = _app()
    Instrumentator(registry=CollectorRegistry()).instrument(app)
    return app


def _exporter() -> Any:
    app = _app()
    app.add_middleware(PrometheusMiddleware, app_name="bench", group_paths=True)
    return app
