"""The one entry: ``create_observability_stack`` wires everything; it alone touches globals."""

import atexit
import logging
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any

from opentelemetry.sdk.trace.export import SpanExporter
from prometheus_client import CollectorRegistry, ProcessCollector

from agent_telemetry import correlation, log_files, operation_kinds
from agent_telemetry.agent_run import AgentRun
from agent_telemetry.asgi import App, TelemetryMiddleware
from agent_telemetry.clock import Clock
from agent_telemetry.guard import Guard
from agent_telemetry.http_client_span import HttpClientSpan
from agent_telemetry.metrics import Metrics
from agent_telemetry.model_call import ModelCall
from agent_telemetry.operation import Operation
from agent_telemetry.pricing import PriceTable
from agent_telemetry.readiness import Readiness
from agent_telemetry.settings import Settings
from agent_telemetry.signals import Signals
from agent_telemetry.span_export import QueuedSpanProcessor, otlp_queue
from agent_telemetry.tool_call import ToolCall
from agent_telemetry.tracing import tracer_provider


def create_observability_stack(
    service_name: str = "agent",
    *,
    settings: Settings | None = None,
    registry: CollectorRegistry | None = None,
    span_exporter: SpanExporter | None = None,
    clock: Clock | None = None,
) -> "ObservabilityStack":
    """Set up metrics, logs, traces and cost for one service.

    Args:
        service_name: name of the service; ``OTEL_SERVICE_NAME`` wins over it.
        settings: used as they are instead of the environment.
        registry: a Prometheus registry to join; one of its own by default.
        span_exporter: receives the spans instead of the OTLP endpoint of the settings.
        clock: where the time comes from, for tests.

    Raises:
        ConfigurationError: a setting is wrong; the message names it and what it accepts.
    """
    chosen = settings if settings is not None else Settings.from_env(service_name)
    return ObservabilityStack(chosen, registry, span_exporter, clock)


class ObservabilityStack:
    """Everything that one service tells about itself.

    Attributes:
        settings: what it was set up with.
        metrics: the metrics of the catalogue.
        tracer: OpenTelemetry's tracer, for spans of your own.
        logger: a plain logger named after the service.
        ready: the checks behind ``/ready``.
        guard: where faults of the telemetry end.
    """

    def __init__(
        self,
        settings: Settings,
        registry: CollectorRegistry | None = None,
        span_exporter: SpanExporter | None = None,
        clock: Clock | None = None,
    ) -> None:
        self.settings = settings
        self.guard = Guard(strict=settings.strict)
        prices = PriceTable.load(settings.prices_file)
        self.metrics = Metrics(
            registry,
            guard=self.guard,
            exemplar_seconds=settings.exemplar_seconds,
            clock=clock,
        )
        if registry is None:
            ProcessCollector(registry=self.metrics.registry)
        faults = self.metrics.family("telemetry_faults_total")
        self.guard.on_fault = lambda where: faults.child(where).inc()
        lost = self.metrics.family("telemetry_dropped_total").child("logs", "write_failed")
        self._log_handler = log_files.install(settings, lost.inc)
        self._provider = tracer_provider(settings)
        self._queue = None
        if settings.otlp_traces_endpoint is not None or span_exporter is not None:
            self._queue = otlp_queue(settings, self.metrics, span_exporter, clock)
            self._provider.add_span_processor(
                QueuedSpanProcessor(self._queue, self.metrics, self.guard)
            )
        self.tracer = self._provider.get_tracer("agent_telemetry")
        self.logger = logging.getLogger(settings.service_name)
        self.ready = Readiness()
        self._signals = Signals(self.tracer, self.metrics, prices, self.guard)
        self._closed = False
        atexit.register(self.shutdown)

    @property
    def registry(self) -> CollectorRegistry:
        """The Prometheus registry that ``/metrics`` shows."""
        return self.metrics.registry

    @property
    def prices(self) -> PriceTable:
        """The price table in force."""
        return self._signals.prices

    def agent(self, name: str, **attributes: Any) -> AgentRun:
        """Describe one run of an agent.

        Args:
            name: the agent's name, of few values.
            **attributes: span attributes; ``tenant_id``, ``user_id``, ``session_id``,
                ``agent_id`` and ``template_id`` also reach logs and metrics.
        """
        attributes.setdefault("template_id", name)
        return AgentRun(self._signals, operation_kinds.AGENT, name, attributes)

    def llm(self, model: str, *, provider: str = "openai", **attributes: Any) -> ModelCall:
        """Describe one call of a language model; say its tokens by ``usage``."""
        return ModelCall(self._signals, operation_kinds.LLM, model, provider, attributes)

    def embedding(self, model: str, *, provider: str = "openai", **attributes: Any) -> ModelCall:
        """Describe one call of an embedding model."""
        return ModelCall(self._signals, operation_kinds.EMBEDDING, model, provider, attributes)

    def tool(self, name: str, **attributes: Any) -> ToolCall:
        """Describe one tool call."""
        return ToolCall(self._signals, operation_kinds.TOOL, name, attributes)

    def retrieval(self, source: str, **attributes: Any) -> Operation:
        """Describe one look-up in a source of documents."""
        return Operation(self._signals, operation_kinds.RETRIEVAL, source, attributes)

    def memory(self, name: str, **attributes: Any) -> Operation:
        """Describe one access to the agent's memory."""
        return Operation(self._signals, operation_kinds.MEMORY, name, attributes)

    def chain(self, name: str, **attributes: Any) -> Operation:
        """Describe any other step; its span has exactly this name."""
        return Operation(self._signals, operation_kinds.CHAIN, name, attributes)

    def http_client_span(self, method: str, url: str, **attributes: Any) -> HttpClientSpan:
        """Describe an outgoing HTTP call; send its ``headers()`` with the request."""
        attributes["url.full"] = url
        return HttpClientSpan(self._signals, operation_kinds.HTTP_CLIENT, method, attributes)

    def bind(self, **values: str | None) -> None:
        """Set ids of the current request: tenant_id, user_id, session_id, agent_id, template_id."""
        try:
            correlation.bind(**values)
        except AttributeError as error:
            self.guard.fault("bind", error)

    def fail_request(self, status: int) -> None:
        """Count the current request as this HTTP status: a stream broke after it had begun.

        Args:
            status: what the answer would have been, such as 502. ``http_requests_total`` still
                shows the status that was sent.
        """
        context = correlation.get_request_context()
        (context.root or context).failed_as = status

    def expect(
        self,
        *,
        tenants: Iterable[str] = (),
        models: Iterable[str] = (),
        tools: Iterable[str] = (),
        agents: Iterable[str] = (),
        templates: Iterable[str] = (),
        endpoints: Iterable[tuple[str, str]] = (),
    ) -> None:
        """Start the series of what is known to come at 0, so that the first event is seen.

        Args:
            tenants: tenant ids.
            models: model names.
            tools: tool names.
            agents: agent (slot) ids.
            templates: template ids.
            endpoints: pairs of method and route template.
        """
        pairs = list(endpoints)
        self.metrics.expect(
            tenant_id=list(tenants),
            model=list(models),
            tool_name=list(tools),
            agent_id=list(agents),
            template_id=list(templates),
            method=sorted({method for method, _ in pairs}),
            endpoint=[path for _, path in pairs],
        )

    def readiness(self, name: str, check: Callable[[], bool]) -> None:
        """Add a check to ``/ready``."""
        self.ready.add(name, check)

    def instrument(self, app: Any) -> None:
        """Add the middleware, and the endpoints that the app has not taken, to an app.

        Args:
            app: a Starlette or FastAPI app, not started yet.

        Raises:
            TypeError: the app has no ``add_middleware``; wrap it by ``asgi`` instead.
        """
        if not hasattr(app, "add_middleware"):
            raise TypeError("this app has no add_middleware; use app = stack.asgi(app)")
        app.add_middleware(TelemetryMiddleware, stack=self)

    def asgi(self, app: App) -> App:
        """Return any ASGI app with the middleware around it."""
        return TelemetryMiddleware(app, self)

    def flush(self, seconds: float = 2.0) -> bool:
        """Wait until all spans are delivered, for at most some seconds; True when they are."""
        return self._queue.flush(seconds) if self._queue is not None else True

    def shutdown(self) -> None:
        """Deliver what can be delivered before the deadline and close; safe to call twice."""
        if self._closed:
            return
        self._closed = True
        atexit.unregister(self.shutdown)
        deadline = time.monotonic() + self.settings.shutdown_seconds
        if self._queue is not None:
            self._queue.close(max(0.0, deadline - time.monotonic()))
        with suppress(Exception):
            self._provider.shutdown()
        log_files.remove(self._log_handler)
