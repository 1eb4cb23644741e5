"""Attributes of which the library itself knows that every span can hold them."""

from collections.abc import Mapping

from opentelemetry.attributes import BoundedAttributes
from opentelemetry.trace import Span

#: What ``set_plain`` takes as it is.
Plain = str | bool | int | float


def set_plain(span: Span, attributes: Mapping[str, Plain]) -> None:
    """Set attributes of plain values at once.

    The SDK looks at the type of each value and takes each key out before it puts it in: a third of
    what a span costs. Values of the caller must go through ``span.set_attributes``.
    """
    kept = getattr(span, "_attributes", None)
    if isinstance(kept, BoundedAttributes) and kept.max_value_len is None:
        room = None if kept.maxlen is None else kept.maxlen - len(attributes)
        with kept._lock:  # noqa: SLF001 -- there is no public way around the checks
            if not kept._immutable and (room is None or len(kept._dict) <= room):  # noqa: SLF001
                kept._dict.update(attributes)  # noqa: SLF001
                return
    span.set_attributes(attributes)
