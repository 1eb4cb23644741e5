"""Finished spans on their way to the backends, each through a bounded queue."""

import logging
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from opentelemetry import context as otel_context
from opentelemetry.context import _SUPPRESS_INSTRUMENTATION_KEY, Context
from opentelemetry.sdk.trace import ReadableSpan, Span, SpanProcessor
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult

from agent_telemetry.bounded_queue import BoundedQueue, Delivery
from agent_telemetry.clock import Clock, SystemClock
from agent_telemetry.guard import Guard
from agent_telemetry.metrics.metrics import Metrics
from agent_telemetry.quiet_loggers import quieten
from agent_telemetry.settings import Settings
from agent_telemetry.standby import Standby
from agent_telemetry.traces.span_size import span_bytes

if TYPE_CHECKING:
    from agent_telemetry.traces.answer_session import AnswerSession

_log = logging.getLogger("agent_telemetry")
_EXPORTER_LOGGERS = (
    "opentelemetry.exporter.otlp.common.http",
    "opentelemetry.exporter.otlp.proto.http.trace_exporter",
    "opentelemetry.exporter.zipkin.json",
)


class QueuedSpanProcessor(SpanProcessor):
    """Hands each ended span, the same object, to every queue; nobody waits for a backend."""

    def __init__(
        self, queues: Sequence[BoundedQueue[ReadableSpan]], metrics: Metrics, guard: Guard
    ) -> None:
        self._puts = [queue.put for queue in queues]
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
            size = span_bytes(span)
            for put in self._puts:
                put(span, size)
        except Exception as error:  # noqa: BLE001 -- telemetry never raises into its host
            self._guard.fault("span_export.on_end", error)


class SpanDelivery:
    """Gives batches to an exporter and tells "away" from "refused".

    Args:
        exporter: the OTLP exporter, or any other.
        session: the session of that exporter, which remembers what the backend answered.
        where: the endpoint, for messages.
        standby: told whether the backend answers, where it may not be there at all.
    """

    def __init__(
        self,
        exporter: SpanExporter,
        session: "AnswerSession | None",
        where: str,
        standby: Standby | None = None,
    ) -> None:
        self._exporter = exporter
        self._standby = standby
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
        except Exception:  # noqa: BLE001 -- one that does not catch what its session raises
            result = SpanExportResult.FAILURE
        finally:
            otel_context.detach(token)
        refused = self._session is not None and self._session.refused()
        if self._standby is not None:
            answered = self._session is None or self._session.answered
            known = answered and (refused or result is SpanExportResult.SUCCESS)
            (self._standby.contact if known else self._standby.absence)()
        if result is SpanExportResult.SUCCESS:
            if self._away:
                self._away = False
                _log.info("traces reach %s again", self._where, extra={"event": "export_resumed"})
            return Delivery.DONE
        if refused:
            return Delivery.REJECTED
        if not self._away and (self._standby is None or self._standby.reached):
            self._away = True
            _log.warning(
                "traces do not reach %s; they are kept as far as the queue holds",
                self._where,
                extra={"event": "export_failed", "error_type": "export_failed"},
            )
        return Delivery.AGAIN


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
        # Imported late: requests and protobuf are a third of what the whole library takes to
        # import, and are of no use to who sends no spans.
        from agent_telemetry.traces.answer_session import AnswerSession, otlp_exporter  # noqa: PLC0415

        session = AnswerSession()
        exporter = otlp_exporter(settings.otlp_traces_endpoint, session)
    delivery = SpanDelivery(exporter, session, settings.otlp_traces_endpoint or "the exporter")
    is_away = (lambda: session.unreachable) if session is not None else (lambda: False)
    return span_queue("traces", delivery, settings, metrics, clock, is_away=is_away)


def span_queue(
    signal: str,
    delivery: SpanDelivery,
    settings: Settings,
    metrics: Metrics,
    clock: Clock | None = None,
    *,
    is_away: Callable[[], bool],
    is_missed: Callable[[], bool] = lambda: True,
) -> BoundedQueue[ReadableSpan]:
    """Build a queue of spans and the metrics about it.

    Args:
        signal: label of the metrics.
        delivery: takes the batches away.
        settings: bounds.
        metrics: where deliveries and drops are counted.
        clock: for the time of the last export.
        is_away: whether the backend is known to be out of reach.
        is_missed: whether failures and drops are worth counting.
    """
    now = clock if clock is not None else SystemClock()

    def on_result(result: Delivery, count: int) -> None:
        if result is Delivery.DONE:
            metrics.inc("telemetry_exported_total", count, signal=signal)
            metrics.set("telemetry_last_export_timestamp_seconds", now.time(), signal=signal)
        elif result is Delivery.AGAIN and is_missed():
            metrics.inc("telemetry_export_failures_total", signal=signal)

    def on_drop(reason: str, count: int) -> None:
        if is_missed() or reason == "rejected":
            metrics.inc("telemetry_dropped_total", count, signal=signal, reason=reason)

    queue: BoundedQueue[ReadableSpan] = BoundedQueue(
        signal,
        delivery,
        on_drop=on_drop,
        on_result=on_result,
        most_items=settings.span_queue_size,
        most_bytes=settings.span_queue_bytes,
        is_away=is_away,
    )
    metrics.track("telemetry_queue_depth", lambda: queue.depth if is_missed() else 0, signal=signal)
    metrics.track("telemetry_queue_capacity", lambda: queue.capacity, signal=signal)
    quieten(_EXPORTER_LOGGERS)
    return queue
