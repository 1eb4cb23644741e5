"""`/alerts`: takes what Alertmanager delivers, and lists it."""

import asyncio
import json
import sqlite3
import sys
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from example_app.inbox.alert import Alert
from example_app.inbox.counters import InboxCounters
from example_app.inbox.history import History
from example_app.inbox.outward_ping import OutwardPing
from example_app.inbox.selection import SelectionError, whole_number
from example_app.inbox.watchdog import Watchdog
from example_app.inbox.webhook import Delivery, PayloadError, read_webhook

LIMIT_BYTES = 8 * 1024 * 1024
"""A thousand alerts take two to four, and what is refused as too large is not sent again."""
_MOST_LISTED = 1000
_MOST_TOLD = 20
_MOST_OFFSET = 1_000_000
_STATUSES = ("firing", "resolved")


class Deliveries:
    """The handlers of `/alerts`.

    Args:
        history: Where alerts are kept.
        watchdog: Told of every beat.
        counters: Told of everything.
        now: The clock.
        ping: Sent at every beat; None for none.
    """

    def __init__(
        self,
        *,
        history: History,
        watchdog: Watchdog,
        counters: InboxCounters,
        now: Callable[[], datetime],
        ping: OutwardPing | None = None,
    ) -> None:
        self._history = history
        self._watchdog = watchdog
        self._counters = counters
        self._now = now
        self._ping = ping
        # One delivery is read at a time: each may be large, and the memory is small.
        self._one = asyncio.Lock()

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
        async with self._one:
            try:
                delivery = await run_in_threadpool(read_webhook, body)
            except PayloadError as error:
                return self._refuse(400, "unreadable", str(error))
            return await self._take(delivery)

    async def _take(self, delivery: Delivery) -> Response:
        received_at = self._now()
        told = {alert.status for alert in delivery.alerts if alert.is_watchdog}
        if "firing" in told:
            self._watchdog.beat()
            if self._ping is not None:
                self._ping.send()
        elif told:
            self._watchdog.over()
        try:
            await run_in_threadpool(self._store, delivery.alerts, received_at)
        except sqlite3.Error as error:
            return self._refuse(503, "not_stored", f"the history cannot be written: {error}")
        self._counters.delivered(delivery.alerts, delivery.left_out)
        answer: dict[str, Any] = {"accepted": len(delivery.alerts)}
        if delivery.faults:
            self._counters.refused("alert_unreadable", len(delivery.faults))
            answer |= {
                "refused": len(delivery.faults),
                "errors": list(delivery.faults[:_MOST_TOLD]),
            }
        return JSONResponse(answer)

    def _store(self, alerts: Sequence[Alert], received_at: datetime) -> None:
        _log(alerts, received_at)
        self._history.store(alerts, received_at)

    async def list_all(self, request: Request) -> Response:
        """Lists the history, newest first.

        `?alertname=` and `?status=` choose from it; `?limit=` and `?offset=` turn pages.
        """
        asked = request.query_params
        status = asked.get("status")
        if status is not None and status not in _STATUSES:
            return JSONResponse({"error": f"status must be one of {_STATUSES}"}, status_code=400)
        try:
            limit = whole_number(asked, "limit", default=_MOST_LISTED, least=1, most=_MOST_LISTED)
            offset = whole_number(asked, "offset", default=0, least=0, most=_MOST_OFFSET)
        except SelectionError as error:
            return JSONResponse({"error": str(error)}, status_code=400)
        entries = await run_in_threadpool(
            self._history.entries,
            alertname=asked.get("alertname"),
            status=status,
            limit=limit,
            offset=offset,
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


def _log(alerts: Sequence[Alert], received_at: datetime) -> None:
    """One JSON line each on standard output: the container's log is a history of its own."""
    stamp = {"event": "alert_received", "received_at": received_at.isoformat()}
    for alert in alerts:
        print(json.dumps({**stamp, **alert.as_json()}))
    sys.stdout.flush()
