"""Puts the alert inbox together."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from prometheus_client import CONTENT_TYPE_LATEST
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from example_app.inbox.counters import InboxCounters
from example_app.inbox.delivery import Deliveries
from example_app.inbox.history import History
from example_app.inbox.pages import Pages
from example_app.inbox.runbook import Runbooks
from example_app.inbox.settings import InboxSettings
from example_app.inbox.watchdog import Watchdog


def _utc_now() -> datetime:
    return datetime.now(UTC)


def create_inbox(
    settings: InboxSettings | None = None, *, now: Callable[[], datetime] = _utc_now
) -> Starlette:
    """The alert inbox as an ASGI application.

    Args:
        settings: What to do; read from the environment if left out.
        now: The clock, aware of its zone.

    Raises:
        OSError: The state directory cannot be made.
        sqlite3.Error: The history in it cannot be opened.
    """
    settings = settings or InboxSettings()
    history = History(settings.state_dir, limit=settings.history)
    watchdog = Watchdog(now, last_beat=_last_beat(history))
    counters = InboxCounters(watchdog)
    deliveries = Deliveries(history=history, watchdog=watchdog, counters=counters, now=now)
    pages = Pages(
        history=history, watchdog=watchdog, runbooks=Runbooks(settings.runbooks_dir), now=now
    )

    async def watchdog_state(_request: Request) -> Response:
        state = watchdog.state
        beat = state.last_beat.isoformat() if state.last_beat else None
        body = {"last_beat": beat, "age_seconds": state.age_seconds}
        return JSONResponse(body, status_code=200 if state.alive else 503)

    async def metrics(_request: Request) -> Response:
        return Response(counters.exposition(), headers={"Content-Type": CONTENT_TYPE_LATEST})

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        yield
        history.close()

    return Starlette(
        routes=[
            *deliveries.routes(),
            *pages.routes(),
            Route("/watchdog", watchdog_state, methods=["GET"]),
            Route("/health", _health, methods=["GET"]),
            Route("/metrics", metrics, methods=["GET"]),
        ],
        exception_handlers={HTTPException: _as_json},
        lifespan=lifespan,
    )


def _last_beat(history: History) -> datetime | None:
    """When Watchdog last arrived before this start."""
    entries = history.entries(alertname="Watchdog", status="firing")
    return datetime.fromisoformat(entries[0].last_received_at) if entries else None


async def _health(_request: Request) -> Response:
    return JSONResponse({"status": "ok"})


async def _as_json(_request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        raise error
    return JSONResponse({"error": error.detail}, error.status_code, headers=error.headers)
