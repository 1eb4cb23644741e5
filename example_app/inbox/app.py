"""Puts the alert inbox together."""

import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from http import HTTPStatus

from prometheus_client import CONTENT_TYPE_LATEST
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from example_app.inbox.counters import InboxCounters
from example_app.inbox.delivery import Deliveries
from example_app.inbox.history import History
from example_app.inbox.icon import icon_routes
from example_app.inbox.outward_ping import OutwardPing
from example_app.inbox.page_frame import PageFrame, file_routes
from example_app.inbox.pages import AlertsPage
from example_app.inbox.runbook import Runbooks
from example_app.inbox.runbook_pages import RunbookPages
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
        PingAddressError: The file with the address to ping cannot be used.
        OSError: The state directory cannot be made.
        sqlite3.Error: The history in it cannot be opened.
    """
    settings = settings or InboxSettings()
    address = settings.ping_address()
    history = History(
        settings.state_dir,
        limit=settings.history,
        kept_for=timedelta(days=settings.history_days),
        silent_for=timedelta(hours=settings.silent_hours),
    )
    watchdog = Watchdog(now, last_beat=_last_beat(history))
    counters = InboxCounters(watchdog, history)
    ping = OutwardPing(address, counters.pinged) if address else None
    frame = PageFrame.of(settings)
    runbooks = Runbooks(settings.runbooks_dir)

    async def watchdog_state(_request: Request) -> Response:
        state = watchdog.state
        beat = state.last_beat.isoformat() if state.last_beat else None
        body = {"last_beat": beat, "age_seconds": state.age_seconds}
        return JSONResponse(body, status_code=200 if state.alive else 503)

    async def metrics(_request: Request) -> Response:
        text = await run_in_threadpool(counters.exposition)
        return Response(text, headers={"Content-Type": CONTENT_TYPE_LATEST})

    async def refusal(request: Request, error: Exception) -> Response:
        if not isinstance(error, HTTPException):
            raise error
        return _told(frame, request, error.status_code, error.detail, error.headers)

    async def history_fault(request: Request, error: Exception) -> Response:
        return _told(frame, request, 503, f"The history cannot be read: {error}", None)

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        yield
        if ping is not None:
            await ping.close()
        history.close()

    deliveries = Deliveries(
        history=history, watchdog=watchdog, counters=counters, now=now, ping=ping
    )
    alerts = AlertsPage(history=history, watchdog=watchdog, runbooks=runbooks, frame=frame, now=now)
    return Starlette(
        routes=[
            *deliveries.routes(),
            *alerts.routes(),
            *RunbookPages(runbooks=runbooks, history=history, frame=frame).routes(),
            *file_routes(),
            *icon_routes(),
            Route("/watchdog", watchdog_state, methods=["GET"]),
            Route("/health", _health, methods=["GET"]),
            Route("/metrics", metrics, methods=["GET"]),
        ],
        exception_handlers={HTTPException: refusal, sqlite3.Error: history_fault},
        lifespan=lifespan,
    )


def _last_beat(history: History) -> datetime | None:
    """When Watchdog last arrived before this start."""
    entries = history.entries(alertname="Watchdog", status="firing", limit=1)
    return datetime.fromisoformat(entries[0].last_received_at) if entries else None


async def _health(_request: Request) -> Response:
    return JSONResponse({"status": "ok"})


def _told(
    frame: PageFrame,
    request: Request,
    status: int,
    message: str,
    headers: dict[str, str] | None,
) -> Response:
    """An error as a page for browsers, as JSON for everybody else."""
    if "text/html" in request.headers.get("accept", ""):
        title = "Not found" if status == HTTPStatus.NOT_FOUND else "That did not work"
        answer = frame.fault(status, title, message)
        answer.headers.update(headers or {})
        return answer
    return JSONResponse({"error": message}, status, headers=headers)
