"""One request that a decorated function serves, as the middleware would tell of it."""

import asyncio
import logging
import time
from types import TracebackType
from typing import TYPE_CHECKING, Self

import uuid_utils

from agent_telemetry import correlation
from agent_telemetry.asgi.middleware import outcome_of
from agent_telemetry.operations.operation import Operation
from agent_telemetry.traces.traced_operation import traced_operation

if TYPE_CHECKING:
    from agent_telemetry.stack import ObservabilityStack

_log = logging.getLogger("agent_telemetry.request")
_OK = 200
_SERVER_ERROR = 500
_CLIENT_CLOSED = 499
_UNKNOWN = "unknown"


class ObservedRequest:
    """Counted, timed, traced and logged once, at its end.

    Inside a request that is counted already, by the middleware or by another decorated function,
    it is a step of that one: a span and nothing else, so that no request counts twice.

    Args:
        stack: the stack that is told.
        method: value of ``method``.
        endpoint: value of ``endpoint`` and name of the span.
        ids: tenant_id, user_id and session_id as far as they are known.
    """

    def __init__(
        self, stack: "ObservabilityStack", method: str, endpoint: str, ids: dict[str, str]
    ) -> None:
        self._stack = stack
        self._method = method
        self._endpoint = endpoint
        self._ids = ids
        self._started = 0.0
        self._counted: correlation.RequestContext | None = None
        self._operation: Operation | None = None

    def __enter__(self) -> Self:
        try:
            self._begin()
        except Exception as fault:  # noqa: BLE001 -- telemetry never raises into its host
            self._stack.guard.fault("monitor_request.start", fault)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        try:
            self._end(error)
        except Exception as fault:  # noqa: BLE001 -- telemetry never raises into its host
            self._stack.guard.fault("monitor_request.end", fault)

    def _begin(self) -> None:
        self._started = time.perf_counter()
        around = correlation.current_or_none()
        if around is None or around.request_id is None:
            known = around if around is not None else correlation.RequestContext()
            self._counted = known.derive(
                request_id=str(uuid_utils.uuid7()), endpoint=self._endpoint, **self._ids
            )
            self._counted.root = None
            self._token = correlation.enter(self._counted)
            self._stack.metrics.family("agent_active_connections").child().inc()
        self._operation = traced_operation(
            self._stack.signals, self._endpoint, "chain", dict(self._ids)
        )
        self._operation.__enter__()

    def _end(self, error: BaseException | None) -> None:
        seconds = time.perf_counter() - self._started
        span = self._operation.span if self._operation is not None else None
        trace_id = self._operation.trace_id if self._operation is not None else ""
        if self._operation is not None:
            self._operation.end(error)
        if self._counted is None:
            return
        metrics, context = self._stack.metrics, self._counted
        metrics.family("agent_active_connections").child().inc(-1)
        status = _status(error)
        outcome = outcome_of(status)
        tenant = context.tenant_id or _UNKNOWN
        labels = (self._method, self._endpoint)
        metrics.family("agent_requests_total").child(*labels, outcome, tenant).inc()
        metrics.family("agent_request_duration_seconds").child(*labels, tenant).observe(
            seconds, span
        )
        self._stack.activity.seen(context.user_id, context.tenant_id)
        self._stack.ledger.seen(context.user_id)
        self._stack.recent.request(self._endpoint, seconds, failed=outcome == "error")
        if isinstance(error, Exception) and outcome == "error":
            name = type(error).__name__
            metrics.family("errors_total").child(name, self._endpoint).inc()
            self._stack.recent.error(
                name, request_id=context.request_id or "", trace_id=trace_id, error=error
            )
        self._log(outcome, seconds, error)
        correlation.leave(self._token)

    def _log(self, outcome: str, seconds: float, error: BaseException | None) -> None:
        level = {"error": logging.ERROR, "success": logging.INFO}.get(outcome, logging.WARNING)
        fields: dict[str, object] = {
            "event": "request_end",
            "endpoint": self._endpoint,
            "status": outcome,
            "method": self._method,
            "duration_seconds": round(seconds, 6),
        }
        if error is not None and outcome == "error":
            fields["error_type"] = type(error).__name__
        told = error if isinstance(error, Exception) and outcome == "error" else None
        _log.log(
            level,
            "%s %s %s in %.3f s",
            self._method,
            self._endpoint,
            outcome,
            seconds,
            exc_info=told,
            extra=fields,
        )


def _status(error: BaseException | None) -> int:
    """Return the HTTP status that a request deserves which ended so."""
    if error is None or isinstance(error, GeneratorExit):
        return _OK
    if isinstance(error, asyncio.CancelledError):
        return _CLIENT_CLOSED
    status = getattr(error, "status_code", None)  # as on the exceptions of Starlette and FastAPI
    return status if isinstance(status, int) else _SERVER_ERROR
