"""`/alerts`: takes what Alertmanager delivers, and lists it."""

import json
import sqlite3
from collections.abc import Callable
from datetime import datetime

from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from example_app.inbox.alert import Alert, PayloadError, read_webhook
from example_app.inbox.counters import InboxCounters
from example_app.inbox.history import History
from example_app.inbox.watchdog import Watchdog

LIMIT_BYTES = 1024 * 1024
_STATUSES = ("firing", "resolved")


class Deliveries:
    """The handlers of `/alerts`.

    Args:
        history: Where alerts are kept.
        watchdog: Told of every beat.
        counters: Told of everything.
        now: The clock.
    """

    def __init__(
        self,
        *,
        history: History,
        watchdog: Watchdog,
        counters: InboxCounters,
        now: Callable[[], datetime],
    ) -> None:
        self._history = history
        self._watchdog = watchdog
        self._counters = counters
        self._now = now

    def routes(self) -> list[Route]:
        """Routes to mount in an application."""
        return [
            Route("/alerts", self.receive, methods=["POST"]),
            Route("/alerts", self.list_all, methods=["GET"]),
        ]

    async def receive(self, request: Request) -> Response:
        """Takes one webhook call; Alertmanager tries again after any 5xx."""
        content_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if content_type != "application/json":
            return self._refuse(415, "content_type", "the content type must be application/json")
        body = await _bounded_body(request)
        if body is None:
            return self._refuse(413, "too_large", f"the body is larger than {LIMIT_BYTES} bytes")
        try:
            alerts = read_webhook(body)
        except PayloadError as error:
            return self._refuse(400, "unreadable", str(error))
        received_at = self._now()
        for alert in alerts:
            _log(alert, received_at)
        if any(alert.is_watchdog and alert.status == "firing" for alert in alerts):
            self._watchdog.beat()
        self._counters.received(alerts)
        try:
            await run_in_threadpool(self._history.store, alerts, received_at)
        except sqlite3.Error as error:
            return self._refuse(503, "not_stored", f"the history cannot be written: {error}")
        return JSONResponse({"accepted": len(alerts)})

    async def list_all(self, request: Request) -> Response:
        """Lists the history, newest first; `?alertname=` and `?status=` choose from it."""
        status = request.query_params.get("status")
        if status is not None and status not in _STATUSES:
            return JSONResponse({"error": f"status must be one of {_STATUSES}"}, status_code=400)
        entries = await run_in_threadpool(
            self._history.entries,
            alertname=request.query_params.get("alertname"),
            status=status,
        )
        return JSONResponse({"alerts": [entry.as_json() for entry in entries]})

    def _refuse(self, status: int, reason: str, message: str) -> Response:
        self._counters.refused(reason)
        return JSONResponse({"error": message}, status_code=status)


async def _bounded_body(request: Request) -> bytes | None:
    """The body, or None when it is too large; a body cut short is what came of it."""
    body = bytearray()
    try:
        async for chunk in request.stream():
            body += chunk
            if len(body) > LIMIT_BYTES:
                return None
    except ClientDisconnect:
        pass
    return bytes(body)


def _log(alert: Alert, received_at: datetime) -> None:
    """One JSON line on standard output, so that the container's log is a history of its own."""
    line = {"event": "alert_received", "received_at": received_at.isoformat(), **alert.as_json()}
    print(json.dumps(line), flush=True)
