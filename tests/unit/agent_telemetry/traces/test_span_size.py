"""How large a finished span is taken to be."""

from hypothesis import given
from hypothesis import strategies as st
from opentelemetry.sdk.trace import Event, ReadableSpan

from agent_telemetry.traces.span_size import attributes_of, estimated_bytes, span_bytes

texts = st.text(st.characters(exclude_categories=()))
values = st.one_of(texts, st.integers(), st.floats(), st.booleans(), st.lists(st.text()))


@given(st.dictionaries(texts, values))
def test_no_text_is_left_out(attributes) -> None:
    """Whatever is in it, lone surrogates and huge numbers too, every character counts."""
    told = [each for each in attributes.values() if isinstance(each, str)]
    size = estimated_bytes(attributes, [Event("told", attributes)])
    assert size >= 2 * sum(map(len, (*attributes, *told)))


def test_a_span_is_counted_once() -> None:
    """Its cap, its queue and the views of its trace ask for one number."""
    span = ReadableSpan("work", attributes={"text": "a" * 1000})
    first = span_bytes(span)
    assert 1000 < first < 2000
    assert span_bytes(span) == first == estimated_bytes(attributes_of(span))
