"""Finished spans without personal data and secrets, before any processor queues or keeps them."""

from collections.abc import Mapping
from typing import Any

from opentelemetry.sdk.trace import Event, ReadableSpan, SynchronousMultiSpanProcessor
from opentelemetry.trace import Status

from agent_telemetry import semconv
from agent_telemetry.redacted_values import HIDDEN, is_secret_name
from agent_telemetry.redaction import Redactor

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


class RedactingProcessors(SynchronousMultiSpanProcessor):
    """Gives every processor of a provider the redacted span.

    Args:
        redactor: looks through names, texts of attributes and events, and the status.
    """

    def __init__(self, redactor: Redactor) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._redactor = redactor

    def on_end(self, span: ReadableSpan) -> None:
        """Pass a finished span on; it is copied only when there was something in it."""
        try:
            clean = redacted_span(self._redactor, span)
        except Exception as error:  # noqa: BLE001 -- the raw span must not pass, nor the error
            self._redactor.failed(error)
            return
        super().on_end(clean)


def redacted_span(redactor: Redactor, span: ReadableSpan) -> ReadableSpan:
    """Return a span without personal data and secrets: the same one when it holds none."""
    name = redactor.redact(span.name)
    attributes = _attributes(redactor, span.attributes)
    events = [_event(redactor, event) for event in span.events]
    said = span.status.description
    told = redactor.redact(said) if said else said
    if (
        name == span.name
        and attributes is None
        and told == said
        and not any(event is not None for event in events)
    ):
        return span
    return ReadableSpan(
        name=name,
        context=span.context,
        parent=span.parent,
        resource=span.resource,
        attributes=attributes if attributes is not None else span.attributes,
        events=[
            new if new is not None else old for new, old in zip(events, span.events, strict=True)
        ],
        links=span.links,
        kind=span.kind,
        status=Status(span.status.status_code, told) if told != said else span.status,
        start_time=span.start_time,
        end_time=span.end_time,
        instrumentation_scope=span.instrumentation_scope,
    )


def _event(redactor: Redactor, event: Event) -> Event | None:
    """Return a redacted copy, None when the event may stay."""
    name, attributes = redactor.redact(event.name), _attributes(redactor, event.attributes)
    if name == event.name and attributes is None:
        return None
    kept = attributes if attributes is not None else event.attributes
    return Event(name=name, attributes=kept, timestamp=event.timestamp)


def _attributes(redactor: Redactor, found: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """Return redacted attributes, None when all of them may stay."""
    changed: dict[str, Any] = {}
    for key, value in (found or {}).items():
        if isinstance(value, str):
            if key in _IDS:
                continue
            told: Any = HIDDEN if is_secret_name(key) else redactor.redact(value)
        elif isinstance(value, tuple | list):
            told = type(value)(
                [redactor.redact(each) if isinstance(each, str) else each for each in value]
            )
        else:
            continue
        if told != value:
            changed[key] = told
    return {**(found or {}), **changed} if changed else None
