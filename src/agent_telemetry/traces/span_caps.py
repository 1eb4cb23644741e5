"""How large a span may be: bounds for one attribute and for the whole, kept before it is queued.

One span with a huge prompt would be refused together with all others of its OTLP batch.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from opentelemetry.sdk.trace import Event

#: Added to the name of an attribute that was cut: its characters before that.
LENGTH = ".length"
#: Set on a span that was cut as a whole.
TRUNCATED = "telemetry.truncated"
#: Most characters of the name of a span or event.
NAME_LENGTH = 1024
#: A text is looked through this far past its cut, so that no half of a secret stays before it.
PAST_THE_CUT = 4096
_SPAN_BYTES = 600
_EVENT_BYTES = 100
_ENTRY_BYTES = 100
_NUMBER_BYTES = 16
_ENCODER = json.JSONEncoder(default=repr, ensure_ascii=False)


@dataclass(frozen=True)
class SpanCaps:
    """The bounds.

    Attributes:
        attribute_length: most characters of one attribute; None: as many as the span may have.
        span_bytes: most bytes of a span, about.
    """

    attribute_length: int | None = 4096
    span_bytes: int = 256 * 1024

    @property
    def text_length(self) -> int:
        """Most characters of one text."""
        if self.attribute_length is None:
            return self.span_bytes
        return min(self.attribute_length, self.span_bytes)


def cut(text: str, most: int, redact: Callable[[str], str]) -> str:
    """Return the beginning of a text; no part of what ``redact`` would have found stays in it."""
    if len(text) <= most + PAST_THE_CUT:
        return redact(text)[:most]
    head = redact(text[: most + PAST_THE_CUT])
    # What was found may have become shorter: the end of the head, where a finding may be cut in
    # two, must not move before the cut.
    return head[: max(0, min(most, len(head) - PAST_THE_CUT))]


def fitted(
    attributes: Mapping[str, Any], events: list[Event], most: int
) -> tuple[dict[str, Any], list[Event]]:
    """Return attributes and events that are not larger than they may be together.

    They stay as they are when they are small enough, counted exactly.
    All texts are cut to one length, so the largest lose first. Only when the number of entries
    is too much are events left out, the largest first, and then attributes.

    Args:
        attributes: of the span.
        events: of the span.
        most: bytes of all.
    """
    own = _textual(attributes)
    told = [(event, _textual(event.attributes or {})) for event in events]
    fixed = [_EVENT_BYTES + _bytes(event.name) + _fixed(found) for event, found in told]
    texts = sum(_texts(found) for found in (own, *(found for _, found in told)))
    if _SPAN_BYTES + _fixed(own) + sum(fixed) + texts <= most:
        return dict(attributes), events
    left = most // 2 - _SPAN_BYTES - _fixed(own)
    while told and sum(fixed) > left:
        largest = fixed.index(max(fixed))
        del told[largest], fixed[largest]
    for key in sorted(own, key=len, reverse=True):
        if _fixed(own) <= most // 2:
            break
        del own[key]
    owners = [own, *(found for _, found in told)]
    sizes = [_bytes(each) for found in owners for each in found.values() if isinstance(each, str)]
    level = _level(sizes, most - _SPAN_BYTES - _fixed(own) - sum(fixed))
    for found in owners:
        _shorten(found, level)
    own[TRUNCATED] = True
    return own, [
        Event(name=event.name, attributes=found, timestamp=event.timestamp) for event, found in told
    ]


def as_text(value: Any) -> str:
    """Return a value that is no text as JSON."""
    return _ENCODER.encode(value)


def _textual(attributes: Mapping[str, Any]) -> dict[str, Any]:
    """Return a copy in which everything that may be large is text."""
    return {
        key: value if isinstance(value, str | bool | int | float | None) else _unless_small(value)
        for key, value in attributes.items()
    }


def _unless_small(value: Any) -> Any:
    text = as_text(value)
    return text if len(text) > _ENTRY_BYTES else value


def _fixed(attributes: Mapping[str, Any]) -> int:
    """Return the bytes of entries without their texts; there is room for the noted length."""
    return sum(_ENTRY_BYTES + _NUMBER_BYTES + 2 * _bytes(key) for key in attributes)


def _texts(attributes: Mapping[str, Any]) -> int:
    return sum(_bytes(each) for each in attributes.values() if isinstance(each, str))


def _bytes(text: str) -> int:
    return len(text.encode("utf-8", "replace"))


def _level(sizes: list[int], most: int) -> int:
    """Return the largest length to which all texts can be cut so that together they fit."""
    left = max(0, most)
    for done, size in enumerate(sorted(sizes)):
        share = left // (len(sizes) - done)
        if size > share:
            return share
        left -= size
    return max(sizes, default=0)


def _shorten(attributes: dict[str, Any], level: int) -> None:
    for key, value in list(attributes.items()):
        if isinstance(value, str) and _bytes(value) > level:
            raw = value.encode("utf-8", "replace")[:level]
            attributes[key] = raw.decode("utf-8", "ignore")
            attributes.setdefault(key + LENGTH, len(value))
