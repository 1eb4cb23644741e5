"""One operation of an agent, described once: its span, its metrics and its log line."""

import threading
import time
from contextvars import ContextVar, Token
from types import TracebackType
from typing import Any, Self

from opentelemetry import context as otel_context
from opentelemetry import trace
from opentelemetry.trace import Span, Status, StatusCode

from agent_telemetry import correlation, semconv
from agent_telemetry.operation_kinds import OperationKind
from agent_telemetry.pricing import Usage, usd
from agent_telemetry.signals import Signals

#: Operations below one parent may end in several threads at once.
_sums = threading.Lock()
_current: ContextVar["Operation | None"] = ContextVar("agent_telemetry_operation", default=None)

#: Names that ``stack.agent(...)`` and the like put into the request's record.
_CONTEXT_NAMES = ("tenant_id", "user_id", "session_id", "agent_id", "template_id")
_ATTRIBUTE_OF = {
    "tenant_id": semconv.GUIDE_TENANT_ID,
    "agent_id": semconv.GUIDE_AGENT_ID,
    "template_id": semconv.GUIDE_AGENT_TEMPLATE,
    "session_id": semconv.CONVERSATION_ID,
    "user_id": "enduser.id",
}


class Operation:
    """A piece of work between ``with`` and its end; also ``async with``.

    An exception marks the operation and goes on unchanged. Numbers of the model calls below an
    operation add up in it.

    Attributes:
        name: what was called: the agent, model, tool or step.
        status: ``ok``, ``error`` or ``timeout``.
        error_type: class of the exception or code of the provider; empty when all is well.
        duration_seconds: set at the end.
        llm_calls: model calls below it.
        tool_calls: tool calls below it.
    """

    #: Whether an error that passes is counted and told here; else by the operation above.
    tells_errors = True

    def __init__(
        self, signals: Signals, kind: OperationKind, name: str, attributes: dict[str, Any]
    ) -> None:
        self._signals = signals
        self.kind = kind
        self.name = name
        self.status = "ok"
        self.error_type = ""
        self.duration_seconds = 0.0
        self.llm_calls = 0
        self.tool_calls = 0
        self.used: Usage | None = None
        self.cost_units: int | None = 0
        self._bound = {key: attributes.pop(key) for key in _CONTEXT_NAMES if key in attributes}
        self._attributes = attributes
        self._span: Span = trace.INVALID_SPAN
        self.parent: Operation | None = None
        self._tokens: tuple[Token[Any], Token[Any], Token[Any] | None] | None = None
        self._started = 0.0
        self._ended = False
        self.told: BaseException | None = None

    def __enter__(self) -> Self:
        try:
            self._start()
        except Exception as error:  # noqa: BLE001 -- telemetry never raises into its host
            self._signals.guard.fault(f"{self.kind.kind}.start", error)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.end(error)

    async def __aenter__(self) -> Self:
        return self.__enter__()

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.end(error)

    @property
    def trace_id(self) -> str:
        """The trace's W3C id, 32 hexadecimal digits."""
        return trace.format_trace_id(self._span.get_span_context().trace_id)

    @property
    def span_id(self) -> str:
        """The span's W3C id, 16 hexadecimal digits."""
        return trace.format_span_id(self._span.get_span_context().span_id)

    @property
    def span(self) -> Span:
        """The OpenTelemetry span."""
        return self._span

    @property
    def tokens_input(self) -> int:
        """Prompt tokens of the model calls in and below this operation."""
        return self.used.input if self.used is not None else 0

    @property
    def tokens_output(self) -> int:
        """Produced tokens of the model calls in and below this operation."""
        return self.used.output if self.used is not None else 0

    @property
    def cost_usd(self) -> float | None:
        """Cost in USD of the model calls below; None when one of them has no known price."""
        return None if self.cost_units is None else usd(self.cost_units)

    def set(self, key: str, value: Any) -> None:
        """Set a span attribute."""
        self._span.set_attribute(key, value)

    def event(self, name: str, **attributes: Any) -> None:
        """Add an event to the span."""
        self._span.add_event(name, attributes)

    def fail(self, error_type: str, message: str = "") -> None:
        """Mark the operation as failed without raising."""
        self.status = "error"
        self.error_type = error_type
        self._span.set_status(Status(StatusCode.ERROR, message or error_type))

    def end(self, error: BaseException | None = None) -> None:
        """End the operation; a second call does nothing."""
        if self._ended:
            return
        self._ended = True
        try:
            self._finish(error)
        except Exception as fault:  # noqa: BLE001 -- telemetry never raises into its host
            self._signals.guard.fault(f"{self.kind.kind}.end", fault)

    def add(self, usage: Usage, cost_units: int | None) -> None:
        """Add a model call's tokens and cost, here and all the way up."""
        with _sums:
            operation: Operation | None = self
            while operation is not None:
                operation.used = usage if operation.used is None else operation.used + usage
                if cost_units is None or operation.cost_units is None:
                    operation.cost_units = None
                else:
                    operation.cost_units += cost_units
                operation = operation.parent

    def log_fields(self) -> dict[str, Any]:
        """Return the fields of the log line at the end, beyond those of every operation."""
        return {}

    def record_metrics(self) -> None:
        """Write the metrics of the end."""
        self._signals.metrics.family("agent_operation_duration_seconds").child(self.name).observe(
            self.duration_seconds
        )

    def start_attributes(self) -> dict[str, Any]:
        """Return the attributes known at the start, which a sampler may look at."""
        found: dict[str, Any] = {}
        if self.kind.genai_operation:
            found[semconv.OPERATION_NAME] = self.kind.genai_operation
        if self.kind.name_attribute:
            found[self.kind.name_attribute] = self.name
        for key, value in self._bound.items():
            if value is not None:
                found[_ATTRIBUTE_OF[key]] = value
        found.update(self._attributes)
        return found

    def _start(self) -> None:
        self.parent = _current.get()
        self._span = self._signals.tracer.start_span(
            self.kind.span_name.format(self.name),
            kind=self.kind.span_kind,
            attributes=self.start_attributes(),
        )
        bound = None
        if self._bound:
            bound = correlation.enter(correlation.get_request_context().derive(**self._bound))
        self._tokens = (
            otel_context.attach(trace.set_span_in_context(self._span)),
            _current.set(self),
            bound,
        )
        self._started = time.perf_counter()

    def _finish(self, error: BaseException | None) -> None:
        self.duration_seconds = time.perf_counter() - self._started
        if error is not None and not isinstance(error, GeneratorExit):
            self._failed(error)
        self._count_upwards()
        self.record_metrics()
        self._signals.ended(self, error)
        self._leave()
        self._span.end()

    def _failed(self, error: BaseException) -> None:
        self.status = "timeout" if isinstance(error, TimeoutError) else "error"
        self.error_type = self.error_type or getattr(error, "code", "") or type(error).__name__
        if not isinstance(self.error_type, str):
            self.error_type = type(error).__name__
        self._span.set_status(Status(StatusCode.ERROR, str(error)[:200]))
        self._span.set_attribute(semconv.ERROR_TYPE, self.error_type)
        if self.told is not error:
            self._span.record_exception(error)
        if self.parent is not None and self.tells_errors:
            self.parent.told = error

    @property
    def first_to_tell(self) -> bool:
        """Whether an error began here, not in an operation below that told it already."""
        return self.tells_errors and self.told is None

    def _count_upwards(self) -> None:
        calls, tools = self.kind.kind == "llm", self.kind.kind == "tool"
        if not calls and not tools:
            return
        with _sums:
            operation = self.parent
            while operation is not None:
                operation.llm_calls += calls
                operation.tool_calls += tools
                operation = operation.parent

    def _leave(self) -> None:
        """Put back the contexts; skipped when a generator ends in somebody else's context."""
        if self._tokens is None or _current.get() is not self:
            return
        context_token, operation_token, bound = self._tokens
        if bound is not None:
            correlation.leave(bound)
        _current.reset(operation_token)
        otel_context.detach(context_token)
