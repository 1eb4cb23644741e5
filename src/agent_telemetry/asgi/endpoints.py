"""The endpoints that the library answers where the app has none of that path."""

import asyncio
import math
from collections.abc import Awaitable, Callable, MutableMapping
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

import orjson

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
    """``/metrics``, ``/health``, ``/ready``, ``/health/detailed``, ``/stats``, ``/diagnostics``.

    Args:
        stack: the stack that they tell about.
    """

    def __init__(self, stack: "ObservabilityStack") -> None:
        self._stack = stack
        self._answers = {
            "/metrics": self._metrics,
            "/health": self._health,
            "/ready": self._ready,
            "/health/detailed": self._detailed,
            "/stats": self._stats,
            "/diagnostics": self._diagnostics,
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
            body, kind = await asyncio.to_thread(expose, self._stack.registry, accept)
        except TimeoutError as error:
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
        checks = await asyncio.to_thread(self._stack.ready.report)
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
        body = await asyncio.to_thread(self._stack.diagnostics.detailed)
        await _respond(scope, send, 200, _JSON, orjson.dumps(body))

    async def _stats(self, scope: Scope, send: Send) -> None:
        seconds = _seconds(scope)
        if seconds is None:
            body = {"error": {"code": "invalid", "message": "seconds must be a number above 0"}}
            await _respond(scope, send, 422, _JSON, orjson.dumps(body))
            return
        found = await asyncio.to_thread(self._stack.diagnostics.stats, seconds)
        await _respond(scope, send, 200, _JSON, orjson.dumps(found))

    async def _diagnostics(self, scope: Scope, send: Send) -> None:
        tasks = len(asyncio.all_tasks())
        found = await asyncio.to_thread(self._stack.diagnostics.report)
        body = orjson.dumps({**found, "tasks": tasks})
        await _respond(scope, send, 200, _JSON, body)


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
