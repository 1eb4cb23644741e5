"""Trace ids that are known before the first span: ``start_trace`` draws one and pins it."""

from contextvars import ContextVar, Token

from opentelemetry import trace
from opentelemetry.sdk.trace import Tracer
from opentelemetry.sdk.trace.id_generator import IdGenerator

_pinned: ContextVar[int | None] = ContextVar("agent_telemetry_pinned_trace_id", default=None)


def pin(trace_id: int) -> Token[int | None]:
    """Give every root span of this context this trace id, until ``unpin``."""
    return _pinned.set(trace_id)


def unpin(token: Token[int | None]) -> None:
    """Undo ``pin``; harmless in another context, where nothing was pinned."""
    try:
        _pinned.reset(token)
    except ValueError:
        return


def heed_pins(tracer: trace.Tracer) -> None:
    """Have an SDK tracer use pinned trace ids; a tracer that does nothing is left alone."""
    if isinstance(tracer, Tracer) and not isinstance(tracer.id_generator, _PinnedIds):
        tracer.id_generator = _PinnedIds(tracer.id_generator)


class _PinnedIds(IdGenerator):
    """Answers the pinned trace id where there is one."""

    def __init__(self, ids: IdGenerator) -> None:
        self._ids = ids

    def generate_span_id(self) -> int:
        return self._ids.generate_span_id()

    def generate_trace_id(self) -> int:
        pinned = _pinned.get()
        return pinned if pinned is not None else self._ids.generate_trace_id()

    def is_trace_id_random(self) -> bool:
        return self._ids.is_trace_id_random()
