"""Finished spans on their way to an OTLP backend, through the bounded queue.

Source: OTLP specification, "OTLP/HTTP Response": 429, 502, 503 and 504 may be tried again, other
client errors may not.
"""

import logging
import threading
from collections.abc import Mapping, Sequence
from typing import Any

import requests
from opentelemetry import context as otel_context
from opentelemetry.context import _SUPPRESS_INSTRUMENTATION_KEY, Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace import ReadableSpan, Span, SpanProcessor
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult
from requests.adapters import HTTPAdapter

from agent_telemetry.bounded_queue import BoundedQueue, Delivery
from agent_telemetry.clock import Clock, SystemClock
from agent_telemetry.guard import Guard
from agent_telemetry.metrics.metrics import Metrics
from agent_telemetry.settings import Settings
from agent_telemetry.traces.finished_span import attributes_of
from agent_telemetry.workers.fork_safety import call_in_child

_log = logging.getLogger("agent_telemetry")
_EXPORTER_LOGGERS = (
    "opentelemetry.exporter.otlp.common.http",
    "opentelemetry.exporter.otlp.proto.http.trace_exporter",
)
_REQUEST_TIMEOUT = 408
_SERVER_ERRORS = 500
_TOO_MANY_REQUESTS = 429
_SPAN_BYTES = 600
_ATTRIBUTE_BYTES = 40


class QueuedSpanProcessor(SpanProcessor):
    """Hands ended spans to the queue; the caller never waits for a backend."""

    def __init__(self, queue: BoundedQueue[ReadableSpan], metrics: Metrics, guard: Guard) -> None:
        self._queue = queue
        self._ended = metrics.family("telemetry_spans_ended_total").child()
        self._guard = guard

    def on_start(self, span: Span, parent_context: Context | None = None) -> None:
        """Do nothing: only finished spans travel."""

    def on_end(self, span: ReadableSpan) -> None:
        """Queue a sampled span."""
        context = span.context
        if context is None or not context.trace_flags.sampled:
            return
        try:
            self._ended.inc()
            self._queue.put(span, estimated_bytes(span))
        except Exception as error:  # noqa: BLE001 -- telemetry never raises into its host
            self._guard.fault("span_export.on_end", error)

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        """Wait until every span is delivered, for at most some milliseconds."""
        return self._queue.flush(timeout_millis / 1000)


class SpanDelivery:
    """Gives batches to an exporter and tells "away" from "refused".

    Args:
        exporter: the OTLP exporter, or any other.
        session: the session of that exporter, which remembers what the backend answered.
        where: the endpoint, for messages.
    """

    def __init__(self, exporter: SpanExporter, session: "AnswerSession | None", where: str) -> None:
        self._exporter = exporter
        self._session = session
        self._where = where
        self._away = False

    def __call__(self, spans: Sequence[ReadableSpan]) -> Delivery:
        """Export one batch."""
        if self._session is not None:
            self._session.forget()
        # Whoever traces HTTP calls must not trace these: each batch would make the next one.
        quiet = otel_context.set_value(_SUPPRESS_INSTRUMENTATION_KEY, True)  # noqa: FBT003
        token = otel_context.attach(quiet)
        try:
            result = self._exporter.export(spans)
        finally:
            otel_context.detach(token)
        if result is SpanExportResult.SUCCESS:
            if self._away:
                self._away = False
                _log.info("traces reach %s again", self._where, extra={"event": "export_resumed"})
            return Delivery.DONE
        if self._session is not None and self._session.refused():
            return Delivery.REJECTED
        if not self._away:
            self._away = True
            _log.warning(
                "traces do not reach %s; they are kept as far as the queue holds",
                self._where,
                extra={"event": "export_failed", "error_type": "export_failed"},
            )
        return Delivery.AGAIN


class AnswerSession(requests.Session):
    """A session that remembers whether the last request was sent and how it was answered.

    Attributes:
        unreachable: whether the last attempt found nobody there.
    """

    def __init__(self) -> None:
        super().__init__()
        self._sent = False
        self._status: int | None = None
        self.unreachable = False
        call_in_child(self._forked)

    def forget(self) -> None:
        """Start a new batch."""
        self._sent = False
        self._status = None

    def send(self, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:
        """Send a request and note the status of its answer."""
        self._sent = True
        self._status = None
        try:
            response = super().send(request, **kwargs)
        except requests.ConnectionError:
            self.unreachable = True
            raise
        self.unreachable = False
        self._status = response.status_code
        return response

    def _forked(self) -> None:
        """Open connections of its own: to write into the parent's would spoil both."""
        for prefix in list(self.adapters):
            self.mount(prefix, HTTPAdapter())

    def refused(self) -> bool:
        """Return whether trying the same batch again is of no use.

        A batch that never became a request could not be encoded or was too large.
        """
        if not self._sent:
            return True
        return (
            self._status is not None
            and self._status < _SERVER_ERRORS
            and self._status not in {_REQUEST_TIMEOUT, _TOO_MANY_REQUESTS}
        )


def estimated_bytes(span: ReadableSpan) -> int:
    """Return about how many bytes a span holds; it is capped before."""
    size = _SPAN_BYTES + _bytes_of(attributes_of(span))
    for event in span.events:
        size += _SPAN_BYTES + _bytes_of(event.attributes or {})
    return size


def _bytes_of(attributes: Mapping[str, Any]) -> int:
    size = 0
    for value in attributes.values():
        size += _ATTRIBUTE_BYTES + (len(value) if isinstance(value, str) else 8)
    return size


def otlp_queue(
    settings: Settings,
    metrics: Metrics,
    exporter: SpanExporter | None = None,
    clock: Clock | None = None,
) -> BoundedQueue[ReadableSpan]:
    """Build the queue that delivers spans to the OTLP endpoint of the settings.

    Args:
        settings: endpoint and bounds.
        metrics: where deliveries and drops are counted.
        exporter: another exporter, for tests and other backends.
        clock: for the time of the last export.
    """
    session = None
    if exporter is None:
        session = AnswerSession()
        exporter = OTLPSpanExporter(endpoint=settings.otlp_traces_endpoint, session=session)
    now = clock if clock is not None else SystemClock()

    def on_result(result: Delivery, count: int) -> None:
        if result is Delivery.DONE:
            metrics.inc("telemetry_exported_total", count, signal="traces")
            metrics.set("telemetry_last_export_timestamp_seconds", now.time(), signal="traces")
        elif result is Delivery.AGAIN:
            metrics.inc("telemetry_export_failures_total", signal="traces")

    queue: BoundedQueue[ReadableSpan] = BoundedQueue(
        "traces",
        SpanDelivery(exporter, session, settings.otlp_traces_endpoint or "the exporter"),
        on_drop=lambda reason, count: metrics.inc(
            "telemetry_dropped_total", count, signal="traces", reason=reason
        ),
        on_result=on_result,
        most_items=settings.span_queue_size,
        most_bytes=settings.span_queue_bytes,
        is_away=lambda: session is not None and session.unreachable,
    )
    metrics.track("telemetry_queue_depth", lambda: queue.depth, signal="traces")
    metrics.track("telemetry_queue_capacity", lambda: queue.capacity, signal="traces")
    _quieten_exporter()
    return queue


def _quieten_exporter() -> None:
    """Let our own worker's failed attempts be said once, by ``SpanDelivery``, not at each try."""
    for name in _EXPORTER_LOGGERS:
        logger = logging.getLogger(name)
        if _not_from_worker not in logger.filters:
            logger.addFilter(_not_from_worker)


def _not_from_worker(record: logging.LogRecord) -> bool:
    del record  # a record is made in the thread that asks
    return not threading.current_thread().name.startswith("agent_telemetry-")
