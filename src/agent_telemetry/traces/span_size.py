"""About how much memory a finished span takes; counted once, asked by its cap and by queues."""

from collections.abc import Mapping, Sequence
from typing import Any

import orjson
from opentelemetry.sdk.trace import Event, ReadableSpan

_SPAN_BYTES = 600
_EVENT_BYTES = 100
_ENTRY_BYTES = 60
_COUNTED = "_agent_telemetry_bytes"


def attributes_of(span: ReadableSpan) -> Mapping[str, Any]:
    """Return the attributes of a finished span; they are shared and must not be changed."""
    # The SDK's own dictionary where it is found: its public view takes a lock for each attribute,
    # which would be most of what all of this costs.
    inner = getattr(getattr(span, "_attributes", None), "_dict", None)
    return inner if isinstance(inner, dict) else dict(span.attributes or {})


def span_bytes(span: ReadableSpan) -> int:
    """Return about how many bytes a finished span holds."""
    known: int | None = span.__dict__.get(_COUNTED)
    if known is None:
        known = span.__dict__[_COUNTED] = estimated_bytes(attributes_of(span), span.events)
    return known


def estimated_bytes(attributes: Mapping[str, Any], events: Sequence[Event] = ()) -> int:
    """Return about how many bytes attributes and events are, seldom less than in OTLP."""
    size = _SPAN_BYTES + _estimate(attributes)
    for event in events:
        size += _EVENT_BYTES + len(event.name) + _estimate(event.attributes or {})
    return size


def _estimate(attributes: Mapping[str, Any]) -> int:
    # To encode them takes a quarter of the time that a loop over them would.
    try:
        size = len(orjson.dumps(attributes, default=repr))
    except (TypeError, ValueError):  # lone surrogates, numbers over 64 bits
        size = len(repr(attributes))
    return _ENTRY_BYTES * len(attributes) + size
