"""One operation of an agent, described once: its span, its metrics and its log line."""

import time
from contextvars import ContextVar, Token
from types import TracebackType
from typing import Any, Self

from opentelemetry import context as otel_context
from opentelemetry import trace
from opentelemetry.trace import Span, Status, StatusCode

from agent_telemetry import correlation, semconv
from agent_telemetry.asgi.departures import DEPARTURES
from agent_telemetry.operations.kinds import OperationKind
from agent_telemetry.operations.signals import Signals
from agent_telemetry.operations.sums import OperationSums

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


def current_operation() -> "Operation | None":
    """Return the innermost operation that this context is in."""
    return _innermost()


class Operation(OperationSums):
    """A piece of work between ``with`` and its end; also ``async with``.

    An exception marks the operation and goes on unchanged. Numbers of the model calls below an
    operation add up in it.

    Attributes:
        name: what was called: the agent, model, tool or step.
        status: ``ok``, ``error`` or ``timeout``.
        error_type: class of the exception or code of the provider; empty when all is well.
        duration_seconds: set at the end.
    """

    #: Whether an error that passes is counted and told here; else by the operation above.
    tells_errors = True

    def __init__(
        self, signals: Signals, kind: OperationKind, name: str, attributes: dict[str, Any]
    ) -> None:
        super().__init__()
        self._signals = signals
        self.kind = kind
        self.name = name
        self.status = "ok"
        self.error_type = ""
        self.duration_seconds = 0.0
        self._bound = {key: attributes.pop(key) for key in _CONTEXT_NAMES if key in attributes}
        self._attributes = attributes
        self._span: Span = trace.INVALID_SPAN
        self._tokens: tuple[Token[Any], Token[Any], Token[Any] | None] | None = None
        self._request: correlation.RequestContext | None = None
        self._started = 0.0
        self._end_time: int | None = None
        self._ended = False
        self._timed = False
        self.told: BaseException | None = None

    def __enter__(self) -> Self:
        overhead = self._signals.instruments.overhead
        self._timed = overhead.due()
        began = time.perf_counter() if self._timed else 0.0
        try:
            self._start()
        except Exception as error:  # noqa: BLE001 -- telemetry never raises into its host
            self._signals.guard.fault(f"{self.kind.kind}.start", error)
        if self._timed:
            overhead.took("start", time.perf_counter() - began)
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
        self._span.set_attribute(semconv.ERROR_TYPE, error_type)

    def end(self, error: BaseException | None = None) -> None:
        """End the operation; a second call does nothing."""
        if self._ended:
            return
        self._ended = True
        began = time.perf_counter()
        try:
            if _current.get() is self:
                self._finish(error)
            else:
                self._finish_elsewhere(error)
        except Exception as fault:  # noqa: BLE001 -- telemetry never raises into its host
            self._signals.guard.fault(f"{self.kind.kind}.end", fault)
        if self._timed:
            self._signals.instruments.overhead.took("finish", time.perf_counter() - began)

    def count_in_parents(self) -> None:
        """Count the end in the operations above, where it is one of those that count."""

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
        self.parent = _innermost()
        self._span = self._signals.tracer.start_span(
            self.kind.span_name.format(self.name),
            kind=self.kind.span_kind,
            attributes=self.start_attributes(),
        )
        bound = None
        if self._bound:
            bound = correlation.enter(correlation.get_request_context().derive(**self._bound))
        self._request = correlation.current_or_none()
        self._tokens = (
            otel_context.attach(trace.set_span_in_context(self._span)),
            _current.set(self),
            bound,
        )
        self._started = time.perf_counter()

    def _finish_elsewhere(self, error: BaseException | None) -> None:
        """Finish in a foreign thread or context, as if it were the operation's own."""
        span = otel_context.attach(trace.set_span_in_context(self._span))
        request = correlation.enter(self._request)
        try:
            self._finish(error)
        finally:
            correlation.leave(request)
            otel_context.detach(span)

    def _finish(self, error: BaseException | None) -> None:
        self.duration_seconds = self.ended_at(error) - self._started
        try:
            if error is not None and not isinstance(error, DEPARTURES):
                self._failed(error)
            self.count_in_parents()
            self.record_metrics()
            self._signals.ended(self, error)
        finally:
            self._leave()
            self._span.end(self._end_time)

    def ended_at(self, error: BaseException | None) -> float:
        """Return when the work ended, by ``time.perf_counter``."""
        del error
        return time.perf_counter()

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

    def detach(self) -> None:
        """Leave the operation's context while it goes on; ``end`` may then come from anywhere.

        For work that outlives the call that began it, such as a stream handed to the caller.
        """
        self._leave()
        self._tokens = None

    def _leave(self) -> None:
        """Put back the contexts; skipped when a generator ends in somebody else's context."""
        if self._tokens is None or _current.get() is not self:
            return
        span, operation, bound = self._tokens
        try:
            _current.reset(operation)
        except (ValueError, RuntimeError):
            # A copy of the context it began in, such as a task's: nothing there can be reset, all
            # the less (RuntimeError) when it has been left where it began.
            _current.set(self.parent)
            otel_context.attach(_before(span) or otel_context.Context())
            if bound is not None:
                correlation.enter(_before(bound))
            return
        if bound is not None:
            correlation.leave(bound)
        otel_context.detach(span)

    def leave_if_ended(self) -> bool:
        """Leave a context in which the operation was still the innermost when it ended elsewhere.

        Returns:
            Whether there was something to leave.
        """
        if not self._ended:
            return False
        self._leave()
        if _current.get() is self:
            _current.set(self.parent)
        return True


def _innermost() -> Operation | None:
    """Return the innermost operation of this context that has not ended."""
    found = _current.get()
    while found is not None and found.leave_if_ended():
        found = _current.get()
    return found


def _before(token: Token[Any]) -> Any:
    """Return the value from before a token, None when there was none."""
    return None if token.old_value is Token.MISSING else token.old_value
