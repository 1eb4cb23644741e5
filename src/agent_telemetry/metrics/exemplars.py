"""Exemplars: the trace id behind a number, at most one a series and bucket in each interval.

An exemplar costs an object and, in Prometheus, a place in a fixed ring: one every 15 s (a scrape)
is all that can be seen, so the rest is not made. The span behind one is marked, so that sampling at
the end of a trace can keep what a dashboard links to.
"""

import math
from bisect import bisect_left

from opentelemetry import trace
from prometheus_client import Histogram

from agent_telemetry.clock import Clock

#: Span attribute that ``jaeger/jaeger-tail.yml`` looks at.
EXEMPLAR = "exemplar"


class ExemplarHistogram:
    """One child of a histogram that adds the current sampled trace to some observations.

    Args:
        child: the histogram's child.
        bounds: its upper bounds.
        interval: least seconds between two exemplars of one bucket; infinite for none at all.
        clock: where the time comes from.
    """

    __slots__ = ("_bounds", "_buckets", "_child", "_interval", "_last", "_monotonic", "_sum")

    def __init__(
        self, child: Histogram, bounds: tuple[float, ...], interval: float, clock: Clock
    ) -> None:
        self._child = child
        self._bounds = bounds
        self._interval = interval
        self._monotonic = clock.monotonic
        # Its own ``observe`` looks for the bucket again, one by one.
        self._sum, self._buckets = child._sum, child._buckets  # noqa: SLF001
        never = interval == math.inf
        self._last = [math.inf if never else -math.inf] * (len(bounds) + 1)

    def observe(self, value: float, span: trace.Span | trace.SpanContext | None = None) -> None:
        """Record a value, with an exemplar of a sampled span when it is time for one.

        Args:
            value: in the family's unit.
            span: whose number it is, the current span by default. A span that has not ended gets
                the attribute ``exemplar`` (true); of a context alone nothing can be marked.
        """
        bucket = bisect_left(self._bounds, value)
        now = self._monotonic()
        if now - self._last[bucket] < self._interval and value == value:  # noqa: PLR0124 -- no NaN
            self._sum.inc(value)
            self._buckets[bucket].inc(1)
            return
        if span is None:
            span = trace.get_current_span()
        context = span.get_span_context() if isinstance(span, trace.Span) else span
        if not context.is_valid or not context.trace_flags.sampled:
            self._child.observe(value)
            return
        self._last[bucket] = now
        self._child.observe(
            value,
            exemplar={
                "trace_id": trace.format_trace_id(context.trace_id),
                "span_id": trace.format_span_id(context.span_id),
            },
        )
        if isinstance(span, trace.Span) and span.is_recording():
            span.set_attribute(EXEMPLAR, True)  # noqa: FBT003 -- an attribute's value
