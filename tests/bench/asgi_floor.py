"""An ASGI middleware written by hand: what the library and its peers are compared with."""

import time
from datetime import UTC, datetime
from typing import Any, BinaryIO

import orjson
from opentelemetry.trace import SpanKind, Tracer
from prometheus_client import CollectorRegistry, Counter, Histogram


class AsgiFloor:
    """Counts and times each request; with a tracer also a span, with a file also a line.

    Args:
        app: the app.
        tracer: makes the span, if there is to be one.
        log: takes the line, if there is to be one.
    """

    def __init__(self, app: Any, tracer: Tracer | None = None, log: BinaryIO | None = None) -> None:
        self._app = app
        self._tracer = tracer
        self._log = log
        registry = CollectorRegistry()
        self._count = Counter(
            "requests", "Requests.", ["method", "endpoint", "status"], registry=registry
        )
        self._seconds = Histogram("seconds", "Time.", ["method", "endpoint"], registry=registry)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if self._tracer is None:
            await self._serve(scope, receive, send, None)
            return
        method = scope["method"]
        with self._tracer.start_as_current_span(
            method,
            kind=SpanKind.SERVER,
            attributes={"http.request.method": method, "url.path": scope["path"]},
        ) as span:
            await self._serve(scope, receive, send, span)

    async def _serve(self, scope: Any, receive: Any, send: Any, span: Any) -> None:
        began = time.perf_counter()
        status = 500

        async def watched(message: Any) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, watched)
        finally:
            self._tell(scope, status, time.perf_counter() - began, span)

    def _tell(self, scope: Any, status: int, seconds: float, span: Any) -> None:
        method, route = scope["method"], scope.get("route")
        endpoint = route.path if route is not None else "/orders/{number}"
        self._count.labels(method=method, endpoint=endpoint, status=str(status)).inc()
        self._seconds.labels(method=method, endpoint=endpoint).observe(seconds)
        if span is None:
            return
        span.update_name(f"{method} {endpoint}")
        span.set_attribute("http.route", endpoint)
        span.set_attribute("http.response.status_code", status)
        if self._log is None:
            return
        context = span.get_span_context()
        fields = {
            "timestamp": datetime.now(UTC).isoformat(),
            "level": "INFO",
            "message": f"{method} {endpoint} {status} in {seconds:.3f} s",
            "trace_id": f"{context.trace_id:032x}",
            "span_id": f"{context.span_id:016x}",
            "method": method,
            "endpoint": endpoint,
            "status": status,
            "duration_seconds": seconds,
        }
        self._log.write(orjson.dumps(fields, option=orjson.OPT_APPEND_NEWLINE))
        self._log.flush()
