"""A trace as the guides show it: its finished spans and their sums."""

import threading
from typing import Any

from agent_telemetry.traces.finished_span import FinishedSpan
from agent_telemetry.traces.span_record import Span

#: Most spans kept of one trace; the rest is counted in ``dropped_spans``.
MOST_SPANS = 1000


class Trace:
    """The finished spans of one trace, in the order in which they started.

    Args:
        trace_id: W3C id, 32 hexadecimal digits.
        name: what was traced; the first span's name unless the trace was started by name.

    Attributes:
        dropped_spans: spans that were too many to keep.
        estimated_bytes: about how much memory the kept spans take.
    """

    def __init__(self, trace_id: str, name: str) -> None:
        self.trace_id = trace_id
        self.name = name
        self.dropped_spans = 0
        self.estimated_bytes = 0
        self._finished: list[FinishedSpan] = []
        self._lock = threading.Lock()

    def add(self, span: FinishedSpan) -> bool:
        """Keep a finished span; False when there are too many."""
        with self._lock:
            if len(self._finished) >= MOST_SPANS:
                self.dropped_spans += 1
                return False
            self._finished.append(span)
            self.estimated_bytes += span.estimated_bytes
            return True

    def join(self, later: "Trace") -> None:
        """Take over the spans of another part of the same trace."""
        more = later.finished()
        with self._lock:
            room = MOST_SPANS - len(self._finished)
            self._finished += more[:room]
            self.dropped_spans += later.dropped_spans + max(0, len(more) - room)
            self.estimated_bytes += later.estimated_bytes

    def finished(self) -> list[FinishedSpan]:
        """Return its finished spans in the order in which they ended."""
        with self._lock:
            return list(self._finished)

    @property
    def spans(self) -> list[Span]:
        """The finished spans by start time."""
        found = sorted(self.finished(), key=lambda span: span.start_time or 0)
        return [Span(span) for span in found]

    @property
    def root_span(self) -> Span | None:
        """The first span."""
        return next(iter(self.spans), None)

    @property
    def span_count(self) -> int:
        """Finished spans that are kept."""
        return len(self._finished)

    @property
    def total_duration_ms(self) -> float:
        """Milliseconds from the first span's start to the last one's end."""
        found = self.finished()
        starts = [span.start_time for span in found if span.start_time is not None]
        ends = [span.end_time for span in found if span.end_time is not None]
        return (max(ends) - min(starts)) / 1e6 if starts and ends else 0.0

    @property
    def total_cost_usd(self) -> float:
        """Cost in USD of the model calls whose price is known."""
        return sum(span.cost_usd or 0.0 for span in self.spans)

    @property
    def total_tokens(self) -> int:
        """Tokens in and out of all model calls."""
        return sum(span.input_tokens + span.output_tokens for span in self.spans)

    @property
    def has_error(self) -> bool:
        """Whether any span failed or timed out."""
        return any(span.status != "ok" for span in self.spans)

    def to_dict(self) -> dict[str, Any]:
        """Return trace_id, name, totals (ms, USD, tokens), span_count and spans."""
        return {
            "trace_id": self.trace_id,
            "name": self.name,
            "total_duration_ms": self.total_duration_ms,
            "total_cost_usd": self.total_cost_usd,
            "total_tokens": self.total_tokens,
            "span_count": self.span_count,
            "spans": [span.to_dict() for span in self.spans],
        }
