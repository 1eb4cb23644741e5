"""The guides' tracer: spans and traces by their names and shapes, on OpenTelemetry underneath."""

import weakref
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any, overload

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.id_generator import RandomIdGenerator
from opentelemetry.trace import SpanKind

from agent_telemetry.guard import Guard
from agent_telemetry.metrics.metrics import Metrics
from agent_telemetry.operations.operation import current_operation
from agent_telemetry.operations.reported_call import report_model_call, report_tool_call
from agent_telemetry.operations.signals import Signals
from agent_telemetry.operations.started_context import StartedContext
from agent_telemetry.prices.pricing import PriceTable, Usage
from agent_telemetry.settings import Settings
from agent_telemetry.traces import pinned_trace_id
from agent_telemetry.traces.buffer import TraceBuffer
from agent_telemetry.traces.collector import Exporter, TraceCollector
from agent_telemetry.traces.noop_tracer import NoopTracer
from agent_telemetry.traces.provider import tracer_provider
from agent_telemetry.traces.span_record import Span
from agent_telemetry.traces.trace_record import Trace
from agent_telemetry.traces.traced_operation import IDS, traced_operation

_ids = RandomIdGenerator()


class Tracer:
    """Starts spans and traces, and tells of calls made elsewhere.

    ``stack.tracer`` is one; ``Tracer("my-agent")`` works alone, with metrics of its own and
    without any export but that of ``add_exporter``.

    Args:
        service_name: name of the service, when it is used alone.
        signals: what a stack writes to; made anew when it is used alone.
        provider: the provider of the stack's spans.

    Attributes:
        service_name: as given.
        otel: OpenTelemetry's tracer of the same spans.
        metrics: where the calls are counted.
        traces: the last 1000 complete traces.
    """

    def __init__(
        self,
        service_name: str = "agent",
        *,
        signals: Signals | None = None,
        provider: TracerProvider | None = None,
    ) -> None:
        self.service_name = service_name
        if signals is None or provider is None:
            provider, signals = _alone(service_name)
        self.otel = signals.tracer
        self.metrics = signals.metrics
        self.traces = TraceBuffer()
        self._signals = signals
        self._collector = TraceCollector(self.traces, signals.metrics, signals.guard)
        self._running: weakref.WeakValueDictionary[str, Span] = weakref.WeakValueDictionary()
        provider.add_span_processor(self._collector)
        pinned_trace_id.heed_pins(self.otel)

    def start_trace(self, name: str) -> "TraceScope":
        """Begin a trace: ``with tracer.start_trace("chat") as trace``.

        All spans below belong to it, the first is its root; at the end it goes to the exporters
        and the dashboard. Within a request that is traced already, it is that request's trace.
        """
        return TraceScope(self._collector, name)

    @overload
    def start_span(
        self,
        name: str,
        kind: str = "chain",
        attributes: Mapping[str, object] | None = None,
    ) -> Span: ...

    @overload
    def start_span(
        self,
        name: str,
        context: Context | None = None,
        kind: SpanKind = SpanKind.INTERNAL,
        attributes: Mapping[str, Any] | None = None,
        **options: Any,
    ) -> trace.Span: ...

    def start_span(self, name: str, *given: Any, **options: Any) -> Span | trace.Span:
        """Start a span; in a ``with`` it is the current one and ends with it, else by ``finish``.

        Args:
            name: exact name of the span.
            *given: the guides' ``kind`` (``agent``, ``llm``, ``tool``, ``memory``, ``retrieval``,
                ``chain``, ``embedding``) and ``attributes``.
            **options: the same by name. With OpenTelemetry's own arguments (``context=``, a
                ``SpanKind``) the answer is OpenTelemetry's span, so that code that is written for
                its tracer takes this one.

        An exception in the ``with`` marks the span and goes on; a ``TimeoutError`` gives it the
        status ``timeout``. Outside of a trace the span begins one of its own.
        """
        if not _is_guides(given, options):
            return self.otel.start_span(name, *given, **options)
        return self._start(name, *given, **options)

    def start_as_current_span(self, name: str, **options: Any) -> Any:
        """Do what OpenTelemetry's tracer does."""
        return self.otel.start_as_current_span(name, **options)

    def mark_complete(self, span_id: str) -> None:
        """Finish a running span by its id; an unknown id does nothing."""
        span = self._running.get(span_id)
        if span is not None:
            span.finish()

    def record_llm_call(
        self,
        model: str,
        input_tokens: int,
        output_tokens: int,
        cost_usd: float | None = None,
        duration_ms: float | None = None,
        **said: Any,
    ) -> None:
        """Tell of a model call, in the current span and in the metrics; repeated calls add up.

        Args:
            model: the model's name.
            input_tokens: tokens of the prompt.
            output_tokens: tokens of the answer.
            cost_usd: cost in USD; None: by the price table.
            duration_ms: milliseconds; None: as long as the current span until now.
            **said: ``input``, ``output``, ``system``, ``tools``, shown with content capture only.
        """
        try:
            report_model_call(
                self._signals,
                model,
                usage=Usage(int(input_tokens), int(output_tokens)),
                cost_usd=cost_usd,
                seconds=duration_ms / 1000 if duration_ms is not None else None,
                said=said,
            )
        except Exception as error:  # noqa: BLE001 -- telemetry never raises into its host
            self._signals.guard.fault("tracer.record_llm_call", error)

    def record_tool_call(
        self,
        tool_name: str,
        success: bool = True,  # noqa: FBT001, FBT002 -- the guides' signature
        duration_ms: float | None = None,
        *,
        arguments: object = None,
        result: object = None,
    ) -> None:
        """Tell of a tool call: an event ``tool_call`` in the current span, and the metrics.

        Args:
            tool_name: the tool's name.
            success: whether it did what it was asked.
            duration_ms: milliseconds; None: as long as the current span until now.
            arguments: what it was asked; shown with content capture only.
            result: what it answered; likewise.
        """
        try:
            event: dict[str, Any] = {"tool_name": tool_name, "success": bool(success)}
            if duration_ms is not None:
                event["duration_ms"] = float(duration_ms)
            current_operation()  # one that has ended takes its span out of the context
            trace.get_current_span().add_event("tool_call", event)
            report_tool_call(
                self._signals,
                tool_name,
                seconds=duration_ms / 1000 if duration_ms is not None else None,
                error_type="" if success else "tool_failed",
                arguments=arguments,
                result=result,
            )
        except Exception as error:  # noqa: BLE001 -- telemetry never raises into its host
            self._signals.guard.fault("tracer.record_tool_call", error)

    def add_exporter(self, exporter: Exporter) -> None:
        """Hand every complete trace to a function, such as ``file.append`` or your own sender.

        It runs in a thread of its own. One that raises is counted and does not stop the others;
        one that is slow loses the oldest traces that wait (at most 256), which is counted too.
        """
        self._collector.add_exporter(exporter)

    def add_keeper(self, exporter: Exporter, close: Callable[[float], None]) -> None:
        """Hand every span to a function, also what ends after its trace, as a trace of one.

        Args:
            exporter: as for ``add_exporter``.
            close: called at the end with the seconds that are left for it.
        """
        self._collector.add_keeper(exporter, close)

    def flush(self, seconds: float = 2.0) -> bool:
        """Wait until the exporters have every complete trace, for at most some seconds."""
        return self._collector.flush(seconds)

    def shutdown(self, seconds: float = 2.0) -> None:
        """Let the exporters finish within some seconds; what is left is counted as dropped."""
        self._collector.close(seconds)

    def _start(
        self,
        name: str,
        kind: str | SpanKind = "chain",
        attributes: Mapping[str, object] | None = None,
    ) -> Span:
        given = dict(attributes) if attributes is not None else {}
        operation = traced_operation(self._signals, name, str(kind), given)
        started = StartedContext(operation)
        span = Span(operation.span, operation, started, name)
        if operation.span.is_recording():
            self._running[span.span_id] = span
            for key in IDS & given.keys():  # shown under the name given, too
                if given[key] is not None:
                    span.set_attribute(key, given[key])
        return span


class TraceScope:
    """The time from ``start_trace`` to its end; ``with`` and ``async with`` give the ``Trace``."""

    def __init__(self, collector: TraceCollector, name: str) -> None:
        self._collector = collector
        self._name = name
        self._trace_id = 0
        self._token: Any = None

    def __enter__(self) -> Trace:
        current_operation()  # one that has ended is nobody's parent
        current = trace.get_current_span().get_span_context()
        self._trace_id = current.trace_id if current.is_valid else _ids.generate_trace_id()
        if not current.is_valid:
            self._token = pinned_trace_id.pin(self._trace_id)
        return self._collector.begin(self._trace_id, self._name)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._token is not None:
            pinned_trace_id.unpin(self._token)
        self._collector.complete(self._trace_id)

    async def __aenter__(self) -> Trace:
        return self.__enter__()

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.__exit__(kind, error, traceback)


def _is_guides(given: tuple[Any, ...], options: dict[str, Any]) -> bool:
    """Return whether a span is asked for with the guides' arguments."""
    kind = options.get("kind", given[0] if given else None)
    if kind is None:
        return not given and options.keys() <= {"attributes"}
    return isinstance(kind, str)


def _alone(service_name: str) -> tuple[TracerProvider, Signals]:
    """Return what a tracer without a stack writes to."""
    settings = Settings(service_name=service_name)
    provider = tracer_provider(settings)
    signals = Signals(
        provider.get_tracer("agent_telemetry"),
        Metrics(),
        PriceTable.load(),
        Guard(strict=settings.strict),
    )
    return provider, signals


def tracer_of_stack(
    service_name: str, signals: Signals, provider: TracerProvider
) -> Tracer | NoopTracer:
    """Return the guides' tracer of a stack: one that does nothing when tracing is off."""
    if isinstance(signals.tracer, trace.NoOpTracer):
        return NoopTracer(service_name)
    return Tracer(service_name, signals=signals, provider=provider)
