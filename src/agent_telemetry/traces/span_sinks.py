"""Every place that finished spans go to, as one."""

import time
from collections.abc import Callable

from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SpanExporter

from agent_telemetry.bounded_queue import BoundedQueue
from agent_telemetry.clock import Clock
from agent_telemetry.guard import Guard
from agent_telemetry.metrics.metrics import Metrics
from agent_telemetry.settings import Settings
from agent_telemetry.traces.span_export import QueuedSpanProcessor, otlp_queue
from agent_telemetry.traces.zipkin_export import ZipkinQueue


class SpanSinks:
    """The queues of one stack: OTLP, Zipkin, both, or none.

    Args:
        provider: whose spans are sent: one processor hands each to all queues.
        settings: endpoints and bounds.
        metrics: where deliveries and drops are counted.
        guard: takes faults of the hand-over.
        exporter: receives the spans instead of the OTLP endpoint.
        clock: for the time of the last export.

    Raises:
        ConfigurationError: a package that an endpoint needs is not installed.
    """

    def __init__(
        self,
        provider: TracerProvider,
        settings: Settings,
        metrics: Metrics,
        guard: Guard,
        *,
        exporter: SpanExporter | None = None,
        clock: Clock | None = None,
    ) -> None:
        self._queues: list[BoundedQueue[ReadableSpan]] = []
        self._flushes: list[Callable[[float], bool]] = []
        if settings.otlp_traces_endpoint is not None or exporter is not None:
            queue = otlp_queue(settings, metrics, exporter, clock)
            self._queues.append(queue)
            self._flushes.append(queue.flush)
        if settings.zipkin_endpoint is not None:
            zipkin = ZipkinQueue(settings, metrics, clock)
            self._queues.append(zipkin.queue)
            self._flushes.append(zipkin.flush)
        if self._queues:
            provider.add_span_processor(QueuedSpanProcessor(self._queues, metrics, guard))

    def flush(self, seconds: float) -> bool:
        """Wait until every span is delivered, for at most some seconds altogether."""
        deadline = time.monotonic() + seconds
        delivered = True
        for flush in self._flushes:
            delivered &= flush(max(0.0, deadline - time.monotonic()))
        return delivered

    def close(self, seconds: float) -> None:
        """Deliver what can be delivered within some seconds, count the rest as dropped."""
        deadline = time.monotonic() + seconds
        for queue in self._queues[1:]:
            queue.flush(0.0)  # it delivers while the one before it is waited for
        for queue in self._queues:
            queue.close(max(0.0, deadline - time.monotonic()))
