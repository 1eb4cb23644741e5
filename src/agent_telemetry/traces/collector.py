"""Gathers the finished spans of this process into whole traces, for views and exporters.

It is one more processor of the stack's spans, beside the one that exports them: what
``stack.agent()``, the middleware and the guides' tracer make arrives here alike.
"""

import os
import time
import weakref
from collections import OrderedDict
from collections.abc import Callable, Sequence
from functools import partial
from threading import Lock

from opentelemetry.context import Context
from opentelemetry.sdk.trace import ReadableSpan, Span, SpanProcessor
from opentelemetry.trace import SpanContext, format_trace_id

from agent_telemetry.bounded_queue import BoundedQueue, Delivery
from agent_telemetry.guard import Guard
from agent_telemetry.metrics.metrics import Metrics
from agent_telemetry.traces.buffer import TraceBuffer
from agent_telemetry.traces.finished_span import FinishedSpan
from agent_telemetry.traces.trace_record import Trace

Exporter = Callable[[Trace], object]

#: Most traces under way at once, and most finished spans waiting in them.
MOST_OPEN_TRACES = 1000
MOST_OPEN_SPANS = 20_000
_QUEUED_TRACES = 256
_QUEUED_BYTES = 32 * 1024 * 1024


class TraceCollector(SpanProcessor):
    """Completes a trace when its first span ends, or at the end of ``start_trace``.

    Args:
        buffer: where complete traces are kept.
        metrics: where drops are counted, as ``telemetry_dropped_total{signal="trace_views"}``.
        guard: takes the faults of exporters.
    """

    def __init__(self, buffer: TraceBuffer, metrics: Metrics, guard: Guard) -> None:
        self._buffer = buffer
        self._metrics = metrics
        self._guard = guard
        self._open: OrderedDict[int, _Open] = OrderedDict()
        self._open_spans = 0
        self._lock = Lock()
        self._exporters: list[Exporter] = []
        self._late_exporters: list[Exporter] = []
        self._closers: list[Callable[[float], None]] = []
        self._queue: BoundedQueue[tuple[Trace, list[Exporter]]] = BoundedQueue(
            "trace_exporters",
            self._deliver,
            on_drop=self._dropped,
            on_result=lambda result, count: None,  # noqa: ARG005 -- every delivery is done
            most_items=_QUEUED_TRACES,
            most_bytes=_QUEUED_BYTES,
            batch_items=1,
        )
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=partial(_after_fork, weakref.ref(self)))

    def add_exporter(self, exporter: Exporter) -> None:
        """Hand every complete trace to a function, in a thread of its own, in order."""
        self._exporters = [*self._exporters, exporter]

    def add_keeper(self, exporter: Exporter, close: Callable[[float], None]) -> None:
        """Hand every span on: whole traces, then what ended after its trace as a trace of one.

        Args:
            exporter: takes them as other exporters do.
            close: called with the seconds that are left after the last of them.
        """
        self._late_exporters = [*self._late_exporters, exporter]
        self._closers = [*self._closers, close]
        self.add_exporter(exporter)

    def begin(self, trace_id: int, name: str) -> Trace:
        """Hold a trace open until ``complete``; the trace under way is joined if there is one."""
        with self._lock:
            found = self._find_or_open(trace_id, name)
            found.held += 1
            return found.trace

    def complete(self, trace_id: int) -> None:
        """Let go of a trace that ``begin`` held."""
        with self._lock:
            found = self._open.get(trace_id)
            if found is not None:
                found.held -= 1
            done = self._take_if_done(trace_id, found)
        self._finish(done)

    def on_start(self, span: Span, parent_context: Context | None = None) -> None:
        """Open a trace when its first span in this process starts."""
        del parent_context
        if _is_local_root(span.parent):
            with self._lock:
                self._find_or_open(span.get_span_context().trace_id, span.name).roots += 1

    def on_end(self, span: ReadableSpan) -> None:
        """Keep a finished span; the first span of its trace completes it."""
        try:
            self._on_end(span)
        except Exception as error:  # noqa: BLE001 -- telemetry never raises into its host
            self._guard.fault("trace_collector.on_end", error)

    def flush(self, seconds: float) -> bool:
        """Wait until the exporters have every complete trace, for at most some seconds."""
        return self._queue.flush(seconds)

    def close(self, seconds: float) -> None:
        """Give the exporters what they can take within some seconds; the rest is counted."""
        deadline = time.monotonic() + seconds
        self._queue.close(seconds)
        for close in self._closers:
            close(max(0.0, deadline - time.monotonic()))

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        """Wait as ``flush`` does."""
        return self.flush(timeout_millis / 1000)

    def _on_end(self, span: ReadableSpan) -> None:
        context = span.context
        if context is None:
            return
        finished = FinishedSpan(span)
        done, kept = None, True
        with self._lock:
            found = self._open.get(context.trace_id)
            if found is not None:
                kept = self._open_spans < MOST_OPEN_SPANS and found.trace.add(finished)
                self._open_spans += kept
                found.roots -= _is_local_root(span.parent)
                done = self._take_if_done(context.trace_id, found)
        if found is None:
            self._late(format_trace_id(context.trace_id), finished)
        if not kept:
            self._dropped("queue_full", 1)
        self._finish(done)

    def _late(self, trace_id: str, span: FinishedSpan) -> None:
        self._buffer.add_late(trace_id, span)
        if self._late_exporters:
            alone = Trace(trace_id, span.name)
            alone.add(span)
            self._queue.put((alone, self._late_exporters), alone.estimated_bytes)

    def _find_or_open(self, trace_id: int, name: str) -> "_Open":
        found = self._open.get(trace_id)
        if found is None:
            if len(self._open) >= MOST_OPEN_TRACES:
                _, oldest = self._open.popitem(last=False)
                self._open_spans -= oldest.trace.span_count
                self._dropped("queue_full", oldest.trace.span_count)
            found = self._open[trace_id] = _Open(Trace(format_trace_id(trace_id), name))
        return found

    def _take_if_done(self, trace_id: int, found: "_Open | None") -> Trace | None:
        if found is None or found.roots > 0 or found.held > 0:
            return None
        self._open.pop(trace_id, None)
        self._open_spans -= found.trace.span_count
        return found.trace

    def _finish(self, trace: Trace | None) -> None:
        if trace is None:
            return
        self._buffer.add(trace)
        if self._exporters:
            self._queue.put((trace, self._exporters), trace.estimated_bytes)

    def _deliver(self, traces: Sequence[tuple[Trace, list[Exporter]]]) -> Delivery:
        for trace, exporters in traces:
            for exporter in exporters:
                try:
                    exporter(trace)
                except Exception as error:  # noqa: BLE001 -- the next exporter still has its turn
                    self._failed(error)
        return Delivery.DONE

    def _failed(self, error: Exception) -> None:
        self._dropped("exporter_failed", 1)
        try:
            self._guard.fault("trace_exporter", error)
        except Exception:  # noqa: BLE001 -- in strict mode; there is nobody above this thread
            return

    def _dropped(self, reason: str, count: int) -> None:
        if count:
            self._metrics.inc("telemetry_dropped_total", count, signal="trace_views", reason=reason)

    def after_fork(self) -> None:
        """Start empty in a forked child, whose parent may have held the lock."""
        self._lock = Lock()
        self._open = OrderedDict()
        self._open_spans = 0
        self._buffer.after_fork()


class _Open:
    """A trace under way: its local roots that run, and the ``start_trace`` that hold it."""

    __slots__ = ("held", "roots", "trace")

    def __init__(self, trace: Trace) -> None:
        self.trace = trace
        self.roots = 0
        self.held = 0


def _after_fork(collector: "weakref.ref[TraceCollector]") -> None:
    found = collector()
    if found is not None:
        found.after_fork()


def _is_local_root(parent: SpanContext | None) -> bool:
    return parent is None or parent.is_remote
