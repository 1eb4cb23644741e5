"""A span as the guides show it: a view of one OpenTelemetry span, running or finished."""

import time
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Any, Self

from opentelemetry import trace
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.trace import StatusCode

from agent_telemetry import semconv
from agent_telemetry.operations.operation import Operation
from agent_telemetry.operations.started_context import StartedContext
from agent_telemetry.traces.attribute_value import attribute_value
from agent_telemetry.traces.finished_span import FinishedSpan

#: The guides' kinds of a span.
KINDS = ("agent", "llm", "tool", "memory", "retrieval", "chain", "embedding")
#: Attribute that carries the kind where OpenTelemetry's conventions have no word for it.
KIND = "agent_telemetry.span.kind"
#: Attribute that tells a time-out from another error.
STATUS = "agent_telemetry.span.status"

_KIND_OF_OPERATION = {
    "invoke_agent": "agent",
    "create_agent": "agent",
    "chat": "llm",
    "text_completion": "llm",
    "generate_content": "llm",
    "execute_tool": "tool",
    "embeddings": "embedding",
    "retrieval": "retrieval",
}


class Span:
    """One span of the stack; ``with`` (or ``async with``) makes it current and finishes it.

    It is made by ``Tracer.start_span``, or read from a trace's finished spans.

    Args:
        span: the OpenTelemetry span behind it.
        operation: the running operation; None for a span that is only read.
        started: the context that the operation's start left aside.
        name: shown when the span was sampled out, as OpenTelemetry then keeps nothing.
    """

    __slots__ = ("__weakref__", "_live", "_made", "_name", "_operation", "_read", "_started")

    def __init__(
        self,
        span: trace.Span | FinishedSpan,
        operation: Operation | None = None,
        started: StartedContext | None = None,
        name: str = "",
    ) -> None:
        self._live = span if isinstance(span, trace.Span) else trace.INVALID_SPAN
        # The SDK's spans are both: written by one base class, read by the other.
        self._read = span if isinstance(span, ReadableSpan | FinishedSpan) else None
        self._operation = operation
        self._started = started
        self._name = name
        self._made = time.time() if self._read is None else 0.0

    def __enter__(self) -> Self:
        if self._started is not None:
            self._started.enter()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.finish(error)

    async def __aenter__(self) -> Self:
        return self.__enter__()

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.finish(error)

    def set_attribute(self, key: str, value: object) -> None:
        """Set an attribute; a value that no span can hold is kept as text."""
        if self._live.is_recording():
            self._live.set_attribute(key, attribute_value(value))

    def set_error(self, error: BaseException | str) -> None:
        """Mark the span as failed (a ``TimeoutError``: timed out); nothing is raised."""
        if self._operation is None:
            return
        if isinstance(error, BaseException):
            self._operation.fail(type(error).__name__, str(error)[:200])
            self._live.record_exception(error)
            if isinstance(error, TimeoutError):
                self._operation.status = "timeout"
        else:
            self._operation.fail("error", str(error)[:200])
        self._live.set_attribute(semconv.ERROR_TYPE, self._operation.error_type)

    def add_event(self, name: str, attributes: Mapping[str, object] | None = None) -> None:
        """Add an event with the time of now."""
        if self._live.is_recording():
            given = attributes if attributes is not None else {}
            kept = {key: attribute_value(each) for key, each in given.items()}
            self._live.add_event(name, kept)

    def finish(self, error: BaseException | None = None) -> None:
        """End the span; a second call does nothing."""
        if self._operation is not None:
            self._operation.end(error)
        if self._started is not None:
            self._started.leave()

    @property
    def span_id(self) -> str:
        """W3C id, 16 hexadecimal digits."""
        return trace.format_span_id(self._context.span_id)

    @property
    def trace_id(self) -> str:
        """W3C id, 32 hexadecimal digits."""
        return trace.format_trace_id(self._context.trace_id)

    @property
    def parent_id(self) -> str | None:
        """W3C id of the span above, None for a root."""
        parent = self._read.parent if self._read is not None else None
        return trace.format_span_id(parent.span_id) if parent is not None else None

    @property
    def name(self) -> str:
        """What the span is called."""
        return self._read.name if self._read is not None else self._name

    @property
    def kind(self) -> str:
        """One of ``agent, llm, tool, memory, retrieval, chain, embedding``."""
        found = self._attributes
        if KIND in found:
            return str(found[KIND])
        kind = _KIND_OF_OPERATION.get(str(found.get(semconv.OPERATION_NAME, "")), "")
        return kind or ("memory" if self.name.startswith("memory ") else "chain")

    @property
    def start(self) -> float:
        """Seconds since 1970 (UTC)."""
        return (self._read.start_time or 0) / 1e9 if self._read is not None else self._made

    @property
    def end(self) -> float | None:
        """Seconds since 1970 (UTC), None while it runs."""
        found = self._read.end_time if self._read is not None else None
        return found / 1e9 if found is not None else None

    @property
    def duration_ms(self) -> float:
        """Milliseconds from start to end; to now while it runs."""
        if self._read is not None:
            end = self._read.end_time or time.time_ns()
            return max(0, end - (self._read.start_time or end)) / 1e6
        if self._operation is not None and self._operation.duration_seconds:
            return self._operation.duration_seconds * 1000
        return max(0.0, time.time() - self._made) * 1000

    @property
    def status(self) -> str:
        """``ok``, ``error`` or ``timeout``."""
        if self._operation is not None:
            return self._operation.status
        if self._read is None or self._read.status.status_code is not StatusCode.ERROR:
            return "ok"
        told = str(self._attributes.get(STATUS, ""))
        error_type = str(self._attributes.get(semconv.ERROR_TYPE, ""))
        return told or ("timeout" if "timeout" in error_type.lower() else "error")

    @property
    def model_name(self) -> str | None:
        """The model that was called, None on other spans."""
        found = self._attributes.get(semconv.REQUEST_MODEL)
        return str(found) if found else None

    @property
    def input_tokens(self) -> int:
        """Prompt tokens told on this very span, 0 when none were."""
        return int(self._number(semconv.USAGE_INPUT) or 0)

    @property
    def output_tokens(self) -> int:
        """Produced tokens told on this very span, 0 when none were."""
        return int(self._number(semconv.USAGE_OUTPUT) or 0)

    @property
    def cost_usd(self) -> float | None:
        """Cost told on this very span; None when its model has no known price, never then 0."""
        cost = self._number(semconv.COST_AMOUNT)
        if cost is None and semconv.USAGE_INPUT not in self._attributes:
            return 0.0
        return cost

    def to_dict(self) -> dict[str, Any]:
        """Return the guides' fields; ``start`` and ``end`` are seconds since 1970 (UTC)."""
        return {
            "span_id": self.span_id,
            "parent_id": self.parent_id,
            "trace_id": self.trace_id,
            "name": self.name,
            "kind": self.kind,
            "start": self.start,
            "end": self.end,
            "duration_ms": self.duration_ms,
            "status": self.status,
            "attributes": {
                key: list(value) if isinstance(value, tuple) else value
                for key, value in self._attributes.items()
                if key not in {KIND, STATUS}
            },
            "events": [
                {
                    "name": event.name,
                    "timestamp": event.timestamp / 1e9,
                    "attributes": dict(event.attributes or {}),
                }
                for event in self._events
            ],
            "model_name": self.model_name,
            "input_tokens": self.input_tokens,
            "output_tokens": self.output_tokens,
            "cost_usd": self.cost_usd,
        }

    @property
    def _context(self) -> trace.SpanContext:
        found = self._read.context if self._read is not None else self._live.get_span_context()
        return found if found is not None else trace.INVALID_SPAN_CONTEXT

    @property
    def _attributes(self) -> Mapping[str, Any]:
        return (self._read.attributes if self._read is not None else None) or {}

    @property
    def _events(self) -> Sequence[Any]:
        return self._read.events if self._read is not None else ()

    def _number(self, key: str) -> float | None:
        value = self._attributes.get(key)
        return value if isinstance(value, int | float) else None
