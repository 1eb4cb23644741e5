"""ASGI middleware: one span, one count, one time and one log line for each request."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, MutableMapping
from typing import TYPE_CHECKING, Any

from opentelemetry import context as otel_context
from opentelemetry import trace
from opentelemetry.trace import Span, SpanKind, Status, StatusCode

from agent_telemetry import correlation, semconv
from agent_telemetry.asgi.endpoints import Endpoints, Receive, Scope, Send
from agent_telemetry.asgi.request_headers import parent_context, request_id, traceparent
from agent_telemetry.asgi.route_label import UNMATCHED, method_label, route_template
from agent_telemetry.logs.own_record import write_record
from agent_telemetry.traces.plain_attributes import Plain, set_plain

if TYPE_CHECKING:
    from agent_telemetry.stack import ObservabilityStack

App = Callable[[Scope, Receive, Send], Awaitable[None]]

_log = logging.getLogger("agent_telemetry.request")
_CLIENT_CLOSED = 499
_SERVER_ERROR = 500
_CLIENT_ERROR = 400
_REJECTED = 429


class TelemetryMiddleware:
    """Wraps an ASGI app; other scopes than HTTP pass untouched.

    When the app has ended (the end of its lifespan), what waits is delivered: uvicorn then ends the
    process by the very signal that it got, and no handler of ``atexit`` is called.

    Args:
        app: the app.
        stack: the stack that is told.
    """

    def __init__(self, app: App, stack: "ObservabilityStack") -> None:
        self._app = app
        self._stack = stack
        self._endpoints = Endpoints(stack)
        self._unobserved = frozenset(stack.settings.unobserved_paths)
        self._unobserved_below = tuple(f"{path}/" for path in self._unobserved - {"/"})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one scope; the first, of the app's start, says that this process serves."""
        self._stack.metrics.at_work()
        if scope["type"] != "http":
            last = self._deliver_before(send) if scope["type"] == "lifespan" else send
            await self._app(scope, receive, last)
            return
        own = self._endpoints.find(scope)
        if own is not None:
            await own(scope, send)
        elif self._is_unobserved(scope["path"]):
            await self._app(scope, receive, send)
        else:
            await _Request(self._stack, scope).serve(self._app, receive, send)

    def _deliver_before(self, send: Send) -> Send:
        """Return ``send`` with a delivery before it says that the app has ended."""

        async def deliver(message: MutableMapping[str, Any]) -> None:
            if message["type"].startswith("lifespan.shutdown."):
                # Half of the time, as the same again may be waited for at the process's end.
                seconds = self._stack.settings.shutdown_seconds / 2
                await asyncio.to_thread(self._stack.flush, seconds)
            await send(message)

        return deliver

    def _is_unobserved(self, path: str) -> bool:
        return path in self._unobserved or path.startswith(self._unobserved_below)


class _Request:
    """One observed request from its first to its last byte."""

    def __init__(self, stack: "ObservabilityStack", scope: Scope) -> None:
        self._stack = stack
        self._scope = scope
        self._method = method_label(scope)
        self._status = 0
        self._context = correlation.RequestContext(request_id=request_id(scope))
        self._span: Span = trace.INVALID_SPAN

    async def serve(self, app: App, receive: Receive, send: Send) -> None:
        """Run the app; its exceptions count as 500 and go on."""
        started = time.perf_counter()
        in_flight = self._stack.metrics.family("agent_active_connections").child()
        in_flight.inc()
        bound = correlation.enter(self._context)
        self._start_span()
        attached = otel_context.attach(trace.set_span_in_context(self._span))
        error: BaseException | None = None
        try:
            await app(self._scope, receive, self._watch(send))
        except BaseException as raised:
            error = raised
            raise
        finally:
            in_flight.dec()
            try:
                self._finish(time.perf_counter() - started, error)
            except Exception as fault:  # noqa: BLE001 -- telemetry never raises into its host
                self._stack.guard.fault("asgi.finish", fault)
            otel_context.detach(attached)
            self._span.end()
            correlation.leave(bound)

    def _start_span(self) -> None:
        try:
            self._span = self._stack.tracer.start_span(
                self._method,
                context=parent_context(self._scope),
                kind=SpanKind.SERVER,
                attributes={
                    semconv.HTTP_METHOD: self._method,
                    semconv.URL_PATH: self._scope["path"],
                    "request.id": self._context.request_id or "",
                },
            )
        except Exception as fault:  # noqa: BLE001 -- telemetry never raises into its host
            self._stack.guard.fault("asgi.start", fault)

    def _watch(self, send: Send) -> Send:
        async def watched(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                self._status = message["status"]
                headers = list(message.get("headers", ()))
                headers.append((b"x-request-id", (self._context.request_id or "").encode()))
                context = self._span.get_span_context()
                if context.is_valid:
                    headers.append((b"traceparent", traceparent(context).encode()))
                message = {**message, "headers": headers}
            await send(message)

        return watched

    def _finish(self, seconds: float, error: BaseException | None) -> None:
        status = self._final_status(error)
        endpoint = route_template(self._scope)
        self._context.endpoint = endpoint
        tenant = self._context.tenant_id or "unknown"
        span, metrics = self._span, self._stack.metrics
        self._stack.activity.seen(self._context.user_id, self._context.tenant_id)
        self._stack.ledger.seen(self._context.user_id)
        metrics.family("http_requests_total").child(self._method, endpoint, str(status)).inc()
        metrics.family("http_request_duration_seconds").child(self._method, endpoint).observe(
            seconds, span
        )
        outcome = outcome_of(self._context.failed_as or status)
        if endpoint != UNMATCHED:
            metrics.family("agent_requests_total").child(
                self._method, endpoint, outcome, tenant
            ).inc()
            metrics.family("agent_request_duration_seconds").child(
                self._method, endpoint, tenant
            ).observe(seconds, span)
        recent = self._stack.recent
        recent.request(endpoint, seconds, failed=outcome == "error")
        if isinstance(error, Exception):
            recent.error(
                type(error).__name__,
                request_id=self._context.request_id or "",
                trace_id=trace.format_trace_id(span.get_span_context().trace_id),
                error=error,
            )
        if outcome == "error":
            # A failure that was made into an answer has no class: its status stands for it.
            failed_as = str(self._context.failed_as or status)
            kind = type(error).__name__ if isinstance(error, Exception) else failed_as
            metrics.family("errors_total").child(kind, endpoint).inc()
        self._end_span(self._context.failed_as or status, endpoint, error)
        self._log(status, outcome, endpoint, seconds, error)

    def _final_status(self, error: BaseException | None) -> int:
        if isinstance(error, asyncio.CancelledError):
            return _CLIENT_CLOSED
        if error is not None or not self._status:
            return _SERVER_ERROR
        return self._status

    def _end_span(self, status: int, endpoint: str, error: BaseException | None) -> None:
        found: dict[str, Plain] = {semconv.HTTP_STATUS: status}
        if endpoint != UNMATCHED:
            self._span.update_name(f"{self._method} {endpoint}")
            found[semconv.HTTP_ROUTE] = endpoint
        if self._context.tenant_id:
            found[semconv.GUIDE_TENANT_ID] = str(self._context.tenant_id)
        if status >= _SERVER_ERROR:
            self._span.set_status(Status(StatusCode.ERROR))
            kind = type(error).__name__ if error is not None else str(status)
            found[semconv.ERROR_TYPE] = kind
        set_plain(self._span, found)
        if isinstance(error, Exception):
            self._span.record_exception(error)

    def _log(
        self,
        status: int,
        outcome: str,
        endpoint: str,
        seconds: float,
        error: BaseException | None,
    ) -> None:
        level = {"error": logging.ERROR, "success": logging.INFO}.get(outcome, logging.WARNING)
        if not _log.isEnabledFor(level):
            return
        fields = {
            "event": "request_end",
            "endpoint": endpoint,
            "status": outcome,
            "http_status": status,
            "method": self._method,
            "duration_seconds": round(seconds, 6),
        }
        if outcome == "error":
            fields["error_type"] = type(error).__name__ if error is not None else str(status)
        write_record(
            _log,
            level,
            "%s %s %d in %.3f s",
            (self._method, endpoint, status, seconds),
            site=("middleware.py", "request"),
            fields=fields,
            error=error if isinstance(error, Exception) else None,
        )


def outcome_of(status: int) -> str:
    """Return success, client_error, rejected (429) or error (5xx) for an HTTP status."""
    if status >= _SERVER_ERROR:
        return "error"
    if status == _REJECTED:
        return "rejected"
    return "client_error" if status >= _CLIENT_ERROR else "success"
