"""The endpoints that the library answers where the app has none of that path."""

import asyncio
import math
from collections.abc import Awaitable, Callable, MutableMapping
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

import orjson

from agent_telemetry.asgi.beside import Beside, BusyError
from agent_telemetry.diagnostics import HOUR
from agent_telemetry.metrics.exposition import expose

if TYPE_CHECKING:
    from agent_telemetry.stack import ObservabilityStack

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

_TEXT = "text/plain; charset=utf-8"
_JSON = "application/json"


class Endpoints:
    """Health, readiness, ``/metrics``, ``/stats``, ``/diagnostics`` and ``/alerts``.

    Args:
        stack: the stack that they tell about.
    """

    def __init__(self, stack: "ObservabilityStack") -> None:
        self._stack = stack
        self._scrapes, self._checks, self._views = Beside(), Beside(), Beside()
        self._answers = {
            "/metrics": self._metrics,
            "/health": self._health,
            "/ready": self._ready,
            "/health/detailed": self._detailed,
            "/stats": self._stats,
            "/diagnostics": self._diagnostics,
            "/alerts": self._alerts,
        }

    def find(self, scope: Scope) -> Callable[[Scope, Send], Awaitable[None]] | None:
        """Return what answers a request, None when it is the app's."""
        if scope["method"] not in {"GET", "HEAD"}:
            return None
        answer = self._answers.get(scope["path"])
        if answer is None or scope["path"] in _own_paths(scope.get("app")):
            return None
        return answer

    async def _metrics(self, scope: Scope, send: Send) -> None:
        accept = header(scope, b"accept")
        try:
            body, kind = await self._scrapes.run(expose, self._stack.registry, accept)
        except (TimeoutError, BusyError) as error:
            # A scrape that fails is seen; one without half of the workers looks like a restart.
            await _respond(scope, send, 503, _TEXT, str(error).encode())
            return
        await _respond(scope, send, 200, kind, body)

    async def _health(self, scope: Scope, send: Send) -> None:
        if _wants_json(scope):
            body = orjson.dumps({"status": "OK", "service": self._stack.settings.service_name})
            await _respond(scope, send, 200, _JSON, body)
        else:
            await _respond(scope, send, 200, _TEXT, b"OK")

    async def _ready(self, scope: Scope, send: Send) -> None:
        try:
            checks = await self._checks.run(self._stack.ready.report)
        except BusyError:
            checks = {"checks": False}  # one of them hangs
        ready = all(checks.values())
        status, text = (200, "Ready") if ready else (503, "Not Ready")
        if _wants_json(scope):
            body = orjson.dumps({"status": text, "checks": checks})
            await _respond(scope, send, status, _JSON, body)
        else:
            failed = [name for name, holds in checks.items() if not holds]
            why = f": {', '.join(failed)}" if failed else ""
            await _respond(scope, send, status, _TEXT, (text + why).encode())

    async def _detailed(self, scope: Scope, send: Send) -> None:
        await self._view(scope, send, self._stack.diagnostics.detailed)

    async def _stats(self, scope: Scope, send: Send) -> None:
        seconds = _seconds(scope)
        if seconds is None:
            body = {"error": {"code": "invalid", "message": "seconds must be a number above 0"}}
            await _respond(scope, send, 422, _JSON, orjson.dumps(body))
            return
        await self._view(scope, send, lambda: self._stack.diagnostics.stats(seconds))

    async def _diagnostics(self, scope: Scope, send: Send) -> None:
        tasks = len(asyncio.all_tasks())
        await self._view(scope, send, lambda: {**self._stack.diagnostics.report(), "tasks": tasks})

    async def _alerts(self, scope: Scope, send: Send) -> None:
        await self._view(scope, send, self._stack.alerts.report)

    async def _view(self, scope: Scope, send: Send, view: Callable[[], dict[str, Any]]) -> None:
        try:
            status, body = 200, await self._views.run(view)
        except BusyError as error:
            status, body = 503, {"error": {"code": "busy", "message": str(error)}}
        await _respond(scope, send, status, _JSON, orjson.dumps(body))


def header(scope: Scope, name: bytes) -> str:
    """Return a request header, the first of its name, empty when there is none."""
    for key, value in scope["headers"]:
        if key == name:
            return str(value.decode("latin-1"))
    return ""


def _wants_json(scope: Scope) -> bool:
    return _JSON in header(scope, b"accept")


def _seconds(scope: Scope) -> float | None:
    """Return ``?seconds=`` of a query, an hour by default, None when it is no such number."""
    given = parse_qs(scope.get("query_string", b"").decode("latin-1")).get("seconds")
    if not given:
        return HOUR
    try:
        seconds = float(given[0])
    except ValueError:
        return None
    return seconds if 0 < seconds < math.inf else None


def _own_paths(app: Any) -> frozenset[str]:
    """Return the paths of a Starlette or FastAPI app; other frameworks do not tell."""
    return frozenset(getattr(route, "path", "") for route in getattr(app, "routes", ()))


async def _respond(scope: Scope, send: Send, status: int, kind: str, body: bytes) -> None:
    headers = [
        (b"content-type", kind.encode()),
        (b"content-length", str(len(body)).encode()),
        (b"cache-control", b"no-store"),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})
