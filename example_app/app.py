"""The sample agent as a web application."""

import logging
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from agent_telemetry import ObservabilityStack, create_observability_stack
from example_app.benchmark import Benchmark, Examiner
from example_app.budgets import set_budgets
from example_app.chat_api import ChatApi
from example_app.chat_page import chat_page
from example_app.faults import Faults
from example_app.faults_api import FaultsApi
from example_app.faults_page import FaultsPage
from example_app.feedback_api import FeedbackApi
from example_app.refusal import Refusal
from example_app.refusal_response import refuse
from example_app.runbook_page import runbook_page
from example_app.settings import AppSettings
from example_app.tenants import BENCHMARK
from example_app.wiring import build_service

_log = logging.getLogger(__name__)
_SPARE_WORKERS = 16


def create_app(
    settings: AppSettings | None = None, stack: ObservabilityStack | None = None
) -> FastAPI:
    """Build the application.

    Args:
        settings: read from the environment by default.
        stack: one of its own by default, which it then also shuts down.

    Raises:
        ConfigurationError: a setting is wrong.
    """
    chosen = settings if settings is not None else AppSettings.load()
    telemetry = stack if stack is not None else create_observability_stack("example-agent")
    set_budgets(telemetry)
    # One line a call of a client library is noise beside the operations' own lines.
    for noisy in ("httpx", "urllib3", "sse_starlette"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    workers = chosen.agent_pool_max_size + chosen.agent_queue_size + _SPARE_WORKERS
    parts = build_service(chosen, telemetry)
    service, faults = parts.chats, parts.faults
    benchmark = Benchmark(Examiner(service), telemetry, chosen.benchmark_seconds)
    chats = ChatApi(service, telemetry, workers)
    app = FastAPI(
        title="Sample agent",
        lifespan=_lifespan(telemetry, benchmark, faults),
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
    )
    app.include_router(chats.router)
    app.include_router(FeedbackApi(service.rated, service.conversions, service.audit).router)
    app.include_router(chat_page(chosen))
    if not chosen.stack_links:  # otherwise the alert inbox serves them
        app.include_router(runbook_page(telemetry))
    if chosen.faults_enabled:
        app.include_router(FaultsApi(faults, FaultsPage(chosen)).router)
    app.add_exception_handler(HTTPException, _refuse_http)
    app.add_exception_handler(Exception, _refuse_fault)
    telemetry.readiness("model", parts.model.is_reachable)
    telemetry.expect(
        tenants=service.tenants.ids,
        models=[chosen.llm_model],
        tools=[name for each in service.templates.values() for name in each.tools],
        templates=list(service.templates),
        endpoints=[("POST", "/chat")],
    )
    # The benchmark makes no requests, but it spends money.
    telemetry.metrics.family("agent_api_cost_usd_total").child(chosen.llm_model, BENCHMARK)
    telemetry.console(app)
    telemetry.instrument(app)
    return app


def _lifespan(stack: ObservabilityStack, benchmark: Benchmark, faults: Faults):  # type: ignore[no-untyped-def]  # noqa: ANN202
    started = time.monotonic()

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        _log.info("Application started", extra={"event": "application_started"})
        benchmark.start()
        yield
        benchmark.stop()
        faults.close()
        _log.info(
            "Application shutdown",
            extra={
                "event": "application_shutdown",
                "uptime_seconds": round(time.monotonic() - started, 3),
            },
        )
        stack.shutdown()

    return lifespan


async def _refuse_http(_request: Request, error: Exception) -> Response:
    """Give the framework's own refusals (404, 405) the shape of ours."""
    status = error.status_code if isinstance(error, HTTPException) else 500
    detail = str(error.detail) if isinstance(error, HTTPException) else "error"
    headers = dict(error.headers or {}) if isinstance(error, HTTPException) else {}
    code = detail.lower().replace(" ", "_")
    return refuse(Refusal(status, code, f"{detail}.", headers=headers))


async def _refuse_fault(_request: Request, _error: Exception) -> Response:
    """Answer what nobody foresaw; the middleware has counted it and told its traceback."""
    return refuse(Refusal(500, "internal", "Something broke; it has been noted."))
