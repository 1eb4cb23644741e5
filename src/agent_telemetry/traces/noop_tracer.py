"""A tracer that does nothing, at next to no cost, with every method of the real one."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import TracebackType
from typing import Any, Self

from opentelemetry import trace

from agent_telemetry.traces.buffer import TraceBuffer
from agent_telemetry.traces.trace_record import Trace

_NO_TRACE_ID = "0" * 32
_NO_SPAN_ID = "0" * 16


class NoopSpan(trace.NonRecordingSpan):
    """Takes what a span takes and keeps nothing; the same one is given out again and again."""

    name = ""
    kind = "chain"
    status = "ok"
    span_id = _NO_SPAN_ID
    trace_id = _NO_TRACE_ID
    parent_id = None
    start = 0.0
    end_time = None
    duration_ms = 0.0
    model_name = None
    input_tokens = 0
    output_tokens = 0
    cost_usd = 0.0

    def __init__(self) -> None:
        super().__init__(trace.INVALID_SPAN_CONTEXT)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Let an exception go on."""

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Let an exception go on."""

    def set_error(self, error: BaseException | str) -> None:
        """Do nothing."""

    def finish(self, error: BaseException | None = None) -> None:
        """Do nothing."""

    def to_dict(self) -> dict[str, Any]:
        """Return the fields of a span that never was."""
        return {
            "span_id": self.span_id,
            "parent_id": None,
            "trace_id": self.trace_id,
            "name": self.name,
            "kind": self.kind,
            "start": self.start,
            "end": None,
            "duration_ms": self.duration_ms,
            "status": self.status,
            "attributes": {},
            "events": [],
            "model_name": None,
            "input_tokens": 0,
            "output_tokens": 0,
            "cost_usd": 0.0,
        }


class NoopTraceScope:
    """Stands for ``start_trace``."""

    __slots__ = ()

    def __enter__(self) -> Trace:
        return _NO_TRACE

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Let an exception go on."""

    async def __aenter__(self) -> Trace:
        return _NO_TRACE

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Let an exception go on."""


def _nothing(*_given: object, **_named: object) -> None:
    """Do nothing."""


_NO_TRACE = Trace(_NO_TRACE_ID, "")
_NO_SPAN = NoopSpan()
_NO_SCOPE = NoopTraceScope()


class NoopTracer:
    """``stack.tracer`` when tracing is off (``OTEL_SDK_DISABLED=true``).

    Attributes:
        service_name: as given.
        otel: OpenTelemetry's tracer that does nothing.
        traces: always empty.
    """

    def __init__(self, service_name: str = "agent") -> None:
        self.service_name = service_name
        self.otel: trace.Tracer = trace.NoOpTracer()
        self.traces = TraceBuffer()

    def start_trace(self, name: str) -> NoopTraceScope:
        """Return a scope that begins nothing."""
        del name
        return _NO_SCOPE

    def start_span(
        self,
        name: str,
        kind: object = "chain",
        attributes: Mapping[str, object] | None = None,
        **options: object,
    ) -> NoopSpan:
        """Return the span that keeps nothing."""
        del name, kind, attributes, options
        return _NO_SPAN

    @contextmanager
    def start_as_current_span(self, name: str, **options: object) -> Iterator[trace.Span]:
        """Give the span that keeps nothing."""
        del name, options
        yield _NO_SPAN

    def flush(self, seconds: float = 2.0) -> bool:
        """Return True: nothing waits."""
        del seconds
        return True

    #: One function for all that is only told: it takes whatever the tracer's methods take.
    mark_complete = record_llm_call = record_tool_call = staticmethod(_nothing)
    add_exporter = add_keeper = shutdown = staticmethod(_nothing)
