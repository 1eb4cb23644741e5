"""The one entry: ``create_observability_stack`` wires everything; it alone touches globals."""

import atexit
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from opentelemetry.sdk.trace.export import SpanExporter
from prometheus_client import CollectorRegistry, ProcessCollector

from agent_telemetry import correlation, current_stack
from agent_telemetry.alerting.stack_alerts import StackAlerts
from agent_telemetry.asgi.middleware import App, TelemetryMiddleware
from agent_telemetry.asgi.readiness import Readiness
from agent_telemetry.budgets.budget import Budget
from agent_telemetry.budgets.budget_file import load_budgets
from agent_telemetry.budgets.budgets import Budgets
from agent_telemetry.clock import Clock
from agent_telemetry.console.stack_console import StackConsole
from agent_telemetry.content.capture import content_capture
from agent_telemetry.context_propagation import carry_context
from agent_telemetry.dashboard import Dashboard
from agent_telemetry.diagnostics import Diagnostics
from agent_telemetry.guard import Guard
from agent_telemetry.ledger.ledger import Ledger
from agent_telemetry.ledger.store import ledger_path
from agent_telemetry.logs import files as log_files
from agent_telemetry.logs.methods import LogMethods
from agent_telemetry.logs.structured_logger import StructuredLogger
from agent_telemetry.metrics.collector import MetricsCollector
from agent_telemetry.metrics.expected import expect_agents, expect_models, expect_tools
from agent_telemetry.operations.instruments import Instruments
from agent_telemetry.operations.operations import Operations
from agent_telemetry.operations.signals import Signals
from agent_telemetry.prices.age import show_price_age
from agent_telemetry.prices.pricing import PriceTable
from agent_telemetry.prices.source import price_source
from agent_telemetry.redaction.pseudonyms import label_redaction
from agent_telemetry.settings import Settings
from agent_telemetry.system_monitor import SystemMonitor
from agent_telemetry.traces.propagation import Propagation
from agent_telemetry.traces.provider import tracer_provider
from agent_telemetry.traces.span_sinks import SpanSinks
from agent_telemetry.traces.tracer import tracer_of_stack
from agent_telemetry.workers.process_end import call_at_end
from agent_telemetry.workers.workers import Workers


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


class ObservabilityStack(Operations, LogMethods, Propagation, StackAlerts, StackConsole):
    """Everything that one service tells about itself.

    Attributes:
        settings: what it was set up with.
        metrics: the metrics of the catalogue, and your own beside them.
        tracer: for spans and traces of your own; takes OpenTelemetry's arguments too.
        dashboard: a summary of the last traces.
        logger: a logger named after the service; takes fields by name.
        ready: the checks behind ``/ready``.
        budgets: what may be spent, and ``on_warning``.
        ledger: cost by tenant, user, agent and model, and active users.
        activity: who is there and how runs end, over five minutes.
        recent: requests, errors and model calls by the minute, for two hours.
        system: the machine and the process.
        diagnostics: the report, the health check and the numbers of the last hour.
        guard: where faults of the telemetry end.
    """

    metrics: MetricsCollector
    #: Binds a function to the span and request of now, to be called in any thread.
    wrap = staticmethod(carry_context)

    def __init__(
        self,
        settings: Settings,
        registry: CollectorRegistry | None = None,
        span_exporter: SpanExporter | None = None,
        clock: Clock | None = None,
    ) -> None:
        self.settings = settings
        self.guard = Guard(strict=settings.strict)
        source = price_source(settings.prices_source, self.guard)
        prices = PriceTable.load(settings.prices_file, source)
        budgets = load_budgets(settings.budgets_file)
        workers = Workers.join(settings.service_name, self.guard)
        self.metrics = MetricsCollector(
            registry,
            guard=self.guard,
            exemplar_seconds=settings.exemplar_seconds,
            clock=clock,
            workers=workers,
        )
        if registry is None and workers is None:
            ProcessCollector(registry=self.metrics.registry)
        faults = self.metrics.family("telemetry_faults_total")
        self.guard.on_fault = lambda where: faults.child(where).inc()
        self.ready = Readiness()
        self._open_logs(clock)
        folder = settings.state_dir or (workers.folder.path if workers is not None else None)
        self.metrics.redact_labels(label_redaction(self.redactor, folder, settings.service_name))
        self._provider = tracer_provider(settings, self.redactor)
        self._spans = SpanSinks(
            self._provider, settings, self.metrics, self.guard, exporter=span_exporter, clock=clock
        )
        otel = self._provider.get_tracer("agent_telemetry")
        self.ledger = Ledger(
            ledger_path(folder, settings.service_name),
            metrics=self.metrics,
            guard=self.guard,
            clock=clock,
        )
        self.budgets = Budgets(self.ledger, self.metrics, self.guard)
        for budget in budgets:
            self.budgets.add(budget)
        show_price_age(self.metrics, prices, clock)
        instruments = Instruments(self.metrics, clock, settings.loop_calls, settings.token_limit)
        self.activity, self.recent = instruments.activity, instruments.recent
        self.system = SystemMonitor(settings.state_dir or settings.log_dir, clock=clock)
        self.system.register(self.metrics)
        self.diagnostics = Diagnostics(self)
        content = content_capture(settings.content, self.redactor, settings.attribute_length)
        self._signals = Signals(
            otel, self.metrics, prices, self.guard, instruments, self.budgets, content
        )
        self.tracer = tracer_of_stack(settings.service_name, self._signals, self._provider)
        self.dashboard = Dashboard(self.tracer, self.metrics)
        self.logger = StructuredLogger(settings.service_name, self.tracer, level=None)
        self._open_alerts(clock)
        current_stack.announce(self)
        self._closed = False
        call_at_end(self, "shutdown")

    @property
    def registry(self) -> CollectorRegistry:
        """The Prometheus registry that ``/metrics`` shows."""
        return self.metrics.registry

    @property
    def prices(self) -> PriceTable:
        """The price table in force."""
        return self._signals.prices

    def budget(self, name: str, **options: Any) -> Budget:
        """Put a budget in force; ``Budget`` tells the options.

        Raises:
            ConfigurationError: an option is wrong, or there is a budget of that name.
        """
        return self.budgets.add(Budget(name, **options))

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
        providers: Iterable[str] = (),
    ) -> None:
        """Start the series of what is known to come at 0, so that the first event is seen.

        Args:
            tenants: tenant ids.
            models: model names.
            tools: tool names.
            agents: agent (slot) ids.
            templates: template ids, which are agents' names too.
            endpoints: pairs of method and route template.
            providers: who runs the models; by default whoever the price table names.
        """
        pairs, models, tools = list(endpoints), list(models), list(tools)
        templates = list(templates)
        expect_models(self.metrics, self.prices, models, providers)
        expect_agents(self.metrics, templates)
        expect_tools(self.metrics, tools)
        self.metrics.expect(
            tenant_id=list(tenants),
            model=models,
            tool_name=tools,
            agent_id=list(agents),
            template_id=templates,
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
        """Wait until spans, costs and logs are delivered, for at most some seconds.

        Returns True when they are. What waits for a server never seen is not waited for.

        With several workers the others know afterwards what this one has counted.
        """
        deadline = time.monotonic() + seconds
        self._signals.instruments.lost.end_all()
        delivered = self._spans.flush(seconds)
        delivered &= self._flush_logs(max(0.0, deadline - time.monotonic()))
        booked = self.ledger.flush(max(0.0, deadline - time.monotonic()))
        delivered &= self.budgets.flush(max(0.0, deadline - time.monotonic()))
        if self.metrics.workers is not None:
            self.metrics.workers.beat.beat()
        return delivered and booked

    @contextmanager
    def job(self, seconds: float = 2.0) -> Iterator[None]:
        """Run one job of a short-lived worker: what it told is delivered when ``with`` ends.

        Args:
            seconds: longest wait for that.
        """
        self.metrics.at_work()
        try:
            yield
        finally:
            self.flush(seconds)

    def shutdown(self) -> None:
        """Deliver what can be delivered before the deadline and close; safe to call twice."""
        if self._closed:
            return
        self._closed = True
        atexit.unregister(self.shutdown)
        current_stack.withdraw(self)
        self.leave_requests()
        deadline = time.monotonic() + self.settings.shutdown_seconds
        self._signals.instruments.lost.end_all()
        self.ledger.close(self.settings.shutdown_seconds / 2)
        self.budgets.close(max(0.0, deadline - time.monotonic()) / 2)
        self.alerts.close(max(0.0, deadline - time.monotonic()) / 2)
        self._spans.close(max(0.0, deadline - time.monotonic()))
        self.tracer.shutdown(max(0.0, deadline - time.monotonic()))
        with suppress(Exception):
            self._provider.shutdown()
        log_files.remove(self._log_handler)
        if self.metrics.workers is not None:
            self.metrics.workers.leave()
