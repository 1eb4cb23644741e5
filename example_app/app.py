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
from example_app.chat_api import ChatApi, refuse
from example_app.chat_page import chat_page
from example_app.chat_service import ChatService
from example_app.faults import Faults
from example_app.faults_api import FaultsApi
from example_app.model_client import ModelClient
from example_app.refusal import Refusal
from example_app.settings import AppSettings
from example_app.tenants import TENANTS

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
    # One line a call of a client library is noise beside the operations' own lines.
    for noisy in ("httpx", "urllib3", "sse_starlette"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    workers = chosen.agent_pool_max_size + chosen.agent_queue_size + _SPARE_WORKERS
    model = ModelClient(
        telemetry,
        base_url=chosen.llm_base_url,
        api_key=chosen.llm_api_key,
        model=chosen.llm_model,
        timeout_seconds=chosen.llm_timeout_seconds,
        connections=chosen.agent_pool_max_size,
    )
    faults = Faults(model.fault_url)
    service = ChatService(chosen, telemetry, faults, model)
    chats = ChatApi(service, telemetry, workers)
    app = FastAPI(
        title="Sample agent",
        lifespan=_lifespan(telemetry),
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
    )
    app.include_router(chats.router)
    app.include_router(chat_page(chosen))
    if chosen.faults_enabled:
        app.include_router(FaultsApi(faults).router)
    app.add_exception_handler(HTTPException, _refuse_http)
    app.add_exception_handler(Exception, _refuse_fault)
    telemetry.readiness("model", model.is_reachable)
    telemetry.expect(
        tenants=["public", *TENANTS],
        models=[chosen.llm_model],
        tools=[name for each in service.templates.values() for name in each.tools],
        templates=list(service.templates),
        endpoints=[("POST", "/chat")],
    )
    telemetry.instrument(app)
    return app


def _lifespan(stack: ObservabilityStack):  # type: ignore[no-untyped-def]  # noqa: ANN202
    started = time.monotonic()

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        _log.info("Application started", extra={"event": "application_started"})
        yield
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
