"""Exemplars: the trace id behind a number, at most one a series and bucket in each interval.

An exemplar costs an object and, in Prometheus, a place in a fixed ring: one every 15 s (a scrape)
is all that can be seen, so the rest is not made.
"""

from bisect import bisect_left

from opentelemetry import trace
from prometheus_client import Histogram

from agent_telemetry.clock import Clock


class ExemplarHistogram:
    """One child of a histogram that adds the current sampled trace to some observations."""

    __slots__ = ("_bounds", "_child", "_clock", "_interval", "_last")

    def __init__(
        self, child: Histogram, bounds: tuple[float, ...], interval: float, clock: Clock
    ) -> None:
        self._child = child
        self._bounds = bounds
        self._interval = interval
        self._clock = clock
        self._last = [float("-inf")] * (len(bounds) + 1)

    def observe(self, value: float, context: trace.SpanContext | None = None) -> None:
        """Record a value; the span is the current one unless its context is given."""
        bucket = bisect_left(self._bounds, value)
        now = self._clock.monotonic()
        if now - self._last[bucket] < self._interval:
            self._child.observe(value)
            return
        if context is None:
            context = trace.get_current_span().get_span_context()
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
