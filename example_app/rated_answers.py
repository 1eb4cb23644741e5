"""Which span answered, so that a later rating can be linked to it."""

import threading

from cachetools import TTLCache
from opentelemetry.trace import SpanContext, format_trace_id

_MOST_ANSWERS = 10_000
_TTL_SECONDS = 24 * 3600


class RatedAnswers:
    """The spans at the top of recent answers, by their trace; bounded and expiring."""

    def __init__(self) -> None:
        self._spans: TTLCache[str, SpanContext] = TTLCache(_MOST_ANSWERS, _TTL_SECONDS)
        self._lock = threading.Lock()

    def keep(self, span: SpanContext) -> None:
        """Keep the span that served an answer."""
        if span.is_valid:
            with self._lock:
                self._spans[format_trace_id(span.trace_id)] = span

    def find(self, trace_id: str) -> SpanContext | None:
        """Return the span that served the answer of a trace, if it is known."""
        with self._lock:
            found: SpanContext | None = self._spans.get(trace_id)
            return found
