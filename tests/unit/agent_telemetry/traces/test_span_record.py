"""A span as the guides show it."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_telemetry.traces.tracer import Tracer

ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
TRACER = Tracer("spans")


def test_to_dict_has_the_guides_fields(stack) -> None:
    """The fields are exactly those of the guides; the times agree with each other."""
    with stack.tracer.start_span("find", "tool", {"limit": 3}) as span:
        span.add_event("cache", {"hit": False})
        span.set_attribute("rows", 7)
    told = span.to_dict()
    assert list(told) == [
        "span_id", "parent_id", "trace_id", "name", "kind", "start", "end", "duration_ms",
        "status", "attributes", "events", "model_name", "input_tokens", "output_tokens",
        "cost_usd",
    ]  # fmt: skip
    assert (told["name"], told["kind"], told["status"]) == ("find", "tool", "ok")
    assert told["parent_id"] is None
    assert told["duration_ms"] == pytest.approx((told["end"] - told["start"]) * 1000, abs=0.01)
    assert (told["attributes"]["limit"], told["attributes"]["rows"]) == (3, 7)
    assert [(each["name"], each["attributes"]) for each in told["events"]] == [
        ("cache", {"hit": False})
    ]
    assert (told["model_name"], told["input_tokens"], told["cost_usd"]) == (None, 0, 0.0)


def test_ids_are_w3c_hex(stack) -> None:
    """Ids are OpenTelemetry's: 32 and 16 hexadecimal digits."""
    with stack.tracer.start_span("step") as span:
        pass
    assert len(bytes.fromhex(span.trace_id)) == 16
    assert len(bytes.fromhex(span.span_id)) == 8


@pytest.mark.parametrize(
    ("error", "status", "error_type"),
    [
        ("it broke", "error", "error"),
        (ValueError("no"), "error", "ValueError"),
        (TimeoutError("late"), "timeout", "TimeoutError"),
    ],
)
def test_set_error_marks_without_raising(stack, finished, error, status, error_type) -> None:
    """A failure that is told, not raised, is on the span that is exported."""
    with stack.tracer.start_span("step") as span:
        span.set_error(error)
    assert span.to_dict()["status"] == status
    exported = finished()["step"]
    assert not exported.status.is_ok
    assert exported.attributes["error.type"] == error_type


def test_time_out_of_any_name_is_told(stack) -> None:
    """A class of one's own below TimeoutError is a time-out too, on the finished span as well."""

    class TooSlowError(TimeoutError):
        pass

    with (
        pytest.raises(TooSlowError),
        stack.tracer.start_trace("t") as told,
        stack.tracer.start_span("step"),
    ):
        raise TooSlowError
    assert [span.status for span in told.spans] == ["timeout"]


def test_span_begun_without_with_is_nobodys_parent(stack, finished) -> None:
    """Only a ``with`` makes a span current; one that is never ended harms no later span."""
    begun = stack.tracer.start_span("begun", "agent", {"tenant_id": "acme"})
    with stack.tracer.start_span("other") as other:
        pass
    with begun, stack.tracer.start_span("below") as below:
        pass
    with stack.tracer.start_span("after") as after:
        pass
    assert other.parent_id is None
    assert below.parent_id == begun.span_id
    assert after.parent_id is None
    assert finished()["begun"].end_time >= finished()["below"].end_time


def test_finish_inside_with_ends_its_time_as_parent(stack) -> None:
    """After an early ``finish`` the next span is not below it."""
    with stack.tracer.start_span("early") as early:
        early.finish()
        with stack.tracer.start_span("next") as later:
            pass
    assert later.parent_id is None


def test_finished_span_takes_nothing_more(stack, finished) -> None:
    """What comes after the end changes nothing and raises nothing."""
    with stack.tracer.start_span("step") as span:
        pass
    span.set_attribute("late", 1)
    span.add_event("late")
    span.finish()
    assert "late" not in finished()["step"].attributes
    assert finished()["step"].events == ()


def test_ids_reach_logs_and_metrics_and_stay_as_given(stack, log_lines) -> None:
    """``tenant_id`` is an attribute as it was given, and the tenant of what is below."""
    with stack.tracer.start_span("chat", "agent", {"tenant_id": "acme"}) as span:
        stack.logger.info("inside")
    assert span.to_dict()["attributes"]["tenant_id"] == "acme"
    assert next(line for line in log_lines() if line["message"] == "inside")["tenant_id"] == "acme"


@given(name=st.text(), kind=st.text(), key=st.text(), value=ANYTHING)
def test_any_name_kind_and_value_are_taken(name, kind, key, value) -> None:
    """Whatever is said of a span, it works and can be shown as JSON."""
    with TRACER.start_span(name, kind, {key: value}) as span:
        span.set_attribute(key, value)
        span.add_event(name, {key: value})
    told = span.to_dict()
    assert told["name"] == name
    json.dumps(told)


@pytest.mark.parametrize("name", ["{}", "{0}", "{name", "}", "{{x}}"])
def test_braces_in_a_name_stay(stack, finished, name) -> None:
    """A span's name is text, not a pattern."""
    with stack.tracer.start_span(name, "tool"):
        pass
    assert name in finished()
