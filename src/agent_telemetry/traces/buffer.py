"""The last traces of this process, bounded by number and by bytes."""

from collections import OrderedDict

from agent_telemetry.traces.finished_span import FinishedSpan
from agent_telemetry.traces.trace_record import Trace
from agent_telemetry.workers.fork_safety import forkable_lock

MOST_TRACES = 1000
MOST_BYTES = 32 * 1024 * 1024


class TraceBuffer:
    """Keeps finished traces; the oldest goes when a new one does not fit.

    Args:
        most_traces: most traces held.
        most_bytes: most bytes (estimated) held in their spans.
    """

    def __init__(self, most_traces: int = MOST_TRACES, most_bytes: int = MOST_BYTES) -> None:
        self._most_traces = most_traces
        self._most_bytes = most_bytes
        self._traces: OrderedDict[str, Trace] = OrderedDict()
        self._bytes = 0
        self._lock = forkable_lock()

    def __len__(self) -> int:
        return len(self._traces)

    def add(self, trace: Trace) -> None:
        """Keep a trace; parts of one trace, such as two requests of one caller, become one."""
        with self._lock:
            known = self._traces.get(trace.trace_id)
            if known is not None:
                self._drop(trace.trace_id)
                known.join(trace)
                trace = known
            self._traces[trace.trace_id] = trace
            self._bytes += trace.estimated_bytes
            while len(self._traces) > 1 and self._is_over():
                self._drop(next(iter(self._traces)))

    def add_late(self, trace_id: str, span: FinishedSpan) -> bool:
        """Add a span that ended after its trace; False when the trace is not here any more."""
        with self._lock:
            trace = self._traces.get(trace_id)
            if trace is None:
                return False
            before = trace.estimated_bytes
            kept = trace.add(span)
            self._bytes += trace.estimated_bytes - before
            return kept

    def find(self, trace_id: str) -> Trace | None:
        """Return the trace of an id, None when it is not here any more."""
        with self._lock:
            return self._traces.get(trace_id)

    def last(self, count: int = 100) -> list[Trace]:
        """Return the latest traces, the oldest of them first."""
        with self._lock:
            return list(self._traces.values())[-count:]

    def clear(self) -> None:
        """Forget every trace."""
        with self._lock:
            self._traces.clear()
            self._bytes = 0

    def after_fork(self) -> None:
        """Start empty in a forked child, whose parent may have held the lock."""
        self._lock = forkable_lock()
        self._traces = OrderedDict()
        self._bytes = 0

    def _is_over(self) -> bool:
        return len(self._traces) > self._most_traces or self._bytes > self._most_bytes

    def _drop(self, trace_id: str) -> None:
        trace = self._traces.pop(trace_id, None)
        if trace is not None:
            self._bytes -= trace.estimated_bytes
