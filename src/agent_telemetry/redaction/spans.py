"""Finished spans without personal data and secrets, and of bounded size, before any is queued."""

import re
from collections.abc import Mapping
from typing import Any

import orjson
from opentelemetry.sdk.trace import Event, ReadableSpan, SynchronousMultiSpanProcessor
from opentelemetry.trace import Status

from agent_telemetry import semconv
from agent_telemetry.redaction.redactor import Redactor
from agent_telemetry.redaction.values import HIDDEN, is_secret_name, redacted_value
from agent_telemetry.traces.span_caps import (
    LENGTH,
    NAME_LENGTH,
    SpanCaps,
    as_text,
    cut,
    fitted,
)
from agent_telemetry.traces.span_size import attributes_of, estimated_bytes, span_bytes

#: Ids join the signals and stay as they are; see docs/guides/redaction.md.
_IDS = frozenset(
    {
        semconv.GUIDE_TENANT_ID,
        semconv.GUIDE_AGENT_ID,
        semconv.CONVERSATION_ID,
        "enduser.id",
        "request.id",
    }
)
_NUMBERS = frozenset({bool, int, float, type(None)})
#: Attributes up to this many characters are remembered, and at most so many of them.
_SHORT = 128
_MOST_KEPT = 1024
_JSON_DEPTH = 32
_MOST_BYTES_A_CHARACTER = 4
_ESCAPED = re.compile(r'\\(["\\/])')


class RedactingProcessors(SynchronousMultiSpanProcessor):
    """Gives every processor of a provider the redacted span of bounded size.

    Args:
        redactor: looks through names, texts of attributes and events, and the status; None: the
            texts stay as they are.
        caps: how large a span may be.
    """

    def __init__(self, redactor: Redactor | None, caps: SpanCaps | None = None) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._redactor = redactor
        self._clean = _Cleaner(redactor, caps if caps is not None else SpanCaps())

    def on_end(self, span: ReadableSpan) -> None:
        """Pass a finished span on; it is copied only when there was something to change."""
        try:
            clean = self._clean.span(span)
        except Exception as error:  # noqa: BLE001 -- the raw span must not pass, nor the error
            if self._redactor is not None:
                self._redactor.failed(error)
            return
        super().on_end(clean)


class _Cleaner:
    """Redacts, then cuts."""

    def __init__(self, redactor: Redactor | None, caps: SpanCaps) -> None:
        self._redactor = redactor
        self._most = caps.text_length
        self._most_of_event = caps.span_bytes
        self._most_of_span = caps.span_bytes
        # Names and values in which there was nothing to change: those of models, tools, tenants
        # come again and again. What is found depends on nothing else.
        self._harmless: set[tuple[str, Any]] = set()

    def span(self, span: ReadableSpan) -> ReadableSpan:
        """Return a span that may be sent: the same one when there is nothing to change."""
        name = self._text(span.name, NAME_LENGTH)
        found = attributes_of(span)
        attributes = self._attributes(found, self._most)
        given = span.events
        events = [self._event(event) for event in given]
        said = span.status.description
        told = self._text(said, NAME_LENGTH) if said else said
        changed = name != span.name or attributes is not None or told != said or any(events)
        if not changed and self._fits(span_bytes(span)):
            return span
        kept = [new or old for new, old in zip(events, given, strict=True)]
        if not self._fits(estimated_bytes(attributes or found, kept)):
            attributes, kept = fitted(attributes or found, kept, self._most_of_span)
        return ReadableSpan(
            name=name,
            context=span.context,
            parent=span.parent,
            resource=span.resource,
            attributes=attributes if attributes is not None else span.attributes,
            events=kept,
            links=span.links,
            kind=span.kind,
            status=Status(span.status.status_code, told) if told != said else span.status,
            start_time=span.start_time,
            end_time=span.end_time,
            instrumentation_scope=span.instrumentation_scope,
        )

    def _fits(self, size: int) -> bool:
        """Return whether a span of about this size surely is not too large."""
        return _MOST_BYTES_A_CHARACTER * size <= self._most_of_span

    def _event(self, event: Event) -> Event | None:
        """Return a clean copy, None when the event may stay."""
        name = self._text(event.name, NAME_LENGTH)
        attributes = self._attributes(event.attributes or {}, self._most_of_event)
        if name == event.name and attributes is None:
            return None
        kept = attributes if attributes is not None else event.attributes
        return Event(name=name, attributes=kept, timestamp=event.timestamp)

    def _attributes(self, found: Mapping[str, Any], most: int) -> dict[str, Any] | None:
        """Return clean attributes, None when all of them may stay."""
        changed: dict[str, Any] = {}
        harmless = self._harmless
        for key, value in found.items():
            try:
                if type(value) in _NUMBERS or (key, value) in harmless:
                    continue
            except TypeError:  # a mapping is in it
                pass
            told, length = self._value(key, value, most)
            if told != value:
                changed[key] = told
            elif not length:
                self._remember(key, value)
            if length and key + LENGTH not in found:
                changed[key + LENGTH] = length
        return {**found, **changed} if changed else None

    def _remember(self, key: str, value: Any) -> None:
        """Remember a short text, or a short sequence of texts; no longer than any bound."""
        texts = (value,) if isinstance(value, str) else value
        if (
            key in _IDS
            or not isinstance(texts, tuple)
            or not all(isinstance(each, str) for each in texts)
        ):
            return
        if len(key) + sum(map(len, texts)) <= min(_SHORT, self._most):
            if len(self._harmless) >= _MOST_KEPT:
                self._harmless = set()
            self._harmless.add((key, value))

    def _value(self, key: str, value: Any, most: int) -> tuple[Any, int]:
        """Return a clean value, and its length where it was cut."""
        if isinstance(value, str):
            if key in _IDS:
                return value[:most], len(value) if len(value) > most else 0
            if is_secret_name(key) and self._redactor is not None:
                return HIDDEN, 0
            told = self._text(value, most)
            return told, len(value) if len(value) > most else 0
        if isinstance(value, bytes):
            text = value.decode("utf-8", "replace")
            told = self._text(text, most)
            return (value, 0) if told == text else (told, len(value) if len(value) > most else 0)
        if isinstance(value, tuple | list) and all(isinstance(each, str) for each in value):
            texts = type(value)([self._text(each, most) for each in value])
            longest = max((len(each) for each in value), default=0)
            return texts, sum(map(len, value)) if longest > most else 0
        clean = redacted_value(self._redactor, value, _JSON_DEPTH) if self._redactor else value
        text = as_text(clean)
        return (text[:most], len(text)) if len(text) > most else (clean, 0)

    def _text(self, text: str, most: int) -> str:
        return cut(text, most, self._redact)

    def _redact(self, text: str) -> str:
        """Redact a text; one that is JSON by its values, which are escaped in it."""
        redactor = self._redactor
        if redactor is None:
            return text
        if text[:1] not in {"{", "["}:
            return redactor.redact(text)
        try:
            value = orjson.loads(text)
        except ValueError:  # a part of it, or no JSON at all
            plain = _ESCAPED.sub(r"\1", text) if "\\" in text else text
            told = redactor.redact(plain)
            return text if told == plain else told
        clean = redacted_value(redactor, value, _JSON_DEPTH)
        return text if clean == value else orjson.dumps(clean).decode()
