"""Plain attributes: set at once, with the SDK's own bounds."""

from opentelemetry import trace
from opentelemetry.sdk.trace import SpanLimits, TracerProvider

from agent_telemetry.traces.plain_attributes import set_plain

PLAIN = {"text": "a", "whole": 2, "flag": True, "part": 0.5}


def started(**limits: int) -> trace.Span:
    """A span that is recorded, with some bounds."""
    provider = TracerProvider(span_limits=SpanLimits(**limits), shutdown_on_exit=False)
    return provider.get_tracer("test").start_span("work", attributes={"text": "before"})


def test_they_are_what_the_sdk_would_have_set() -> None:
    """Values of every plain kind are there, also in place of an earlier one."""
    span = started()
    set_plain(span, PLAIN)
    assert dict(span.attributes) == PLAIN


def test_a_span_that_ended_stays_as_it_was() -> None:
    """What comes too late is not in it."""
    span = started()
    span.end()
    set_plain(span, PLAIN)
    assert dict(span.attributes) == {"text": "before"}


def test_bounds_of_the_sdk_hold() -> None:
    """The number of attributes and the length of a text are bounded as the host has set it."""
    few, short = started(max_span_attributes=3), started(max_span_attribute_length=3)
    set_plain(few, PLAIN)
    set_plain(short, {"text": "abcdef"})
    assert len(few.attributes) == 3
    assert dict(short.attributes) == {"text": "abc"}


def test_a_span_that_is_not_recorded_takes_them() -> None:
    """Nothing is raised and nothing is kept."""
    set_plain(trace.INVALID_SPAN, PLAIN)
    assert not trace.INVALID_SPAN.is_recording()
