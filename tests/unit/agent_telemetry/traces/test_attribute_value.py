"""What a span's attribute may hold."""

from hypothesis import given
from hypothesis import strategies as st
from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans
from opentelemetry.sdk.trace import TracerProvider

from agent_telemetry.traces.attribute_value import attribute_value

_tracer = TracerProvider(shutdown_on_exit=False).get_tracer("test")


class Broken:
    """Cannot be shown."""

    def __str__(self) -> str:
        raise RuntimeError


def test_simple_values_stay_and_others_become_text() -> None:
    """Numbers, texts and flags are kept; a mapping or an object is shown as text."""
    assert [attribute_value(each) for each in (1, 1.5, True, "a")] == [1, 1.5, True, "a"]
    assert attribute_value({"a": 1}) == "{'a': 1}"
    assert attribute_value([1, "a", None]) == ["1", "a", "None"]
    assert attribute_value(2**70) == str(2**70)
    assert attribute_value(Broken()) == "<Broken>"
    assert len(attribute_value({"x": "x" * 10_000})) == 4096
    assert attribute_value("x" * 10_000) == "x" * 10_000, "cut later, with its length noted"
    assert len(attribute_value(list(range(1000)))) == 128


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner) | st.sets(st.integers()),
        max_leaves=10,
    )
)
def test_any_value_can_be_exported(value) -> None:
    """Whatever is given, OTLP can carry what comes out."""
    span = _tracer.start_span("step", attributes={"given": attribute_value(value)})
    span.end()
    assert encode_spans([span]).ByteSize() > 0
