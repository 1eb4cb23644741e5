"""Content of model and tool calls on spans and log records: redacted, then cut, then kept.

Off unless ``OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT`` says otherwise.
Source: semantic-conventions v1.41.1, ``docs/gen-ai/gen-ai-spans.md`` and ``gen-ai-events.md``.
"""

import logging
from collections.abc import Callable, Mapping
from typing import Any

import orjson
from opentelemetry.trace import Span

from agent_telemetry import semconv
from agent_telemetry.content.messages import (
    input_messages,
    output_messages,
    system_instructions,
    tool_definitions,
)
from agent_telemetry.content.mode import ContentMode
from agent_telemetry.content.parts import parse_json, plain
from agent_telemetry.redaction.redactor import Redactor
from agent_telemetry.redaction.values import redacted_value
from agent_telemetry.traces.span_caps import LENGTH, cut

_log = logging.getLogger("agent_telemetry.content")
EVENT = "gen_ai.client.inference.operation.details"
_DEPTH = 24
_MOST_VALUES = 10_000
_SHORTEST = 16
_LARGEST = 2**63

_SHAPES: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "system": (semconv.SYSTEM_INSTRUCTIONS, system_instructions),
    "tools": (semconv.TOOL_DEFINITIONS, tool_definitions),
    "input": (semconv.INPUT_MESSAGES, input_messages),
    "output": (semconv.OUTPUT_MESSAGES, output_messages),
}

#: Content by the conventions' attribute names.
Content = dict[str, Any]


class ContentCapture:
    """Turns content into what spans and log records may carry.

    Args:
        mode: where it goes; never ``NO_CONTENT``.
        redactor: takes personal data and secrets out, before anything is cut; None leaves them.
        length: most characters of one kind of content, as JSON.

    Attributes:
        mode: as given.
    """

    def __init__(self, mode: ContentMode, redactor: Redactor | None, length: int) -> None:
        self.mode = mode
        self._redactor = redactor
        self._redact = redactor.redact if redactor is not None else None
        self._length = length

    def add(self, span: Span, said: Mapping[str, Any]) -> Content:
        """Put content on a span; return what the log record is to have.

        Args:
            span: of the call.
            said: ``input``, ``output``, ``system`` and ``tools`` as in ``ModelCall.capture``.
        """
        found: Content = {}
        if not (self.mode.on_events or span.is_recording()):
            return found
        for name, (key, shape) in _SHAPES.items():
            if said.get(name) is not None:
                self.put(found, key, shape(said[name]))
        if self.mode.on_spans:
            span.set_attributes(attributes_of(found))
        return found if self.mode.on_events else {}

    def put(self, found: Content, key: str, value: Any) -> None:
        """Put a value in, redacted and no longer than may be, its length noted where it was cut."""
        walk = _Walk(self._length, self._redact)
        value = walk.value(value, _DEPTH)
        if self._redactor is not None:
            value = redacted_value(self._redactor, value, depth=_DEPTH)
        text = as_json(value)
        most = whole = len(text)
        while len(text) > self._length and most > _SHORTEST:
            most //= 2
            shorter = _Walk(most).value(value, _DEPTH)
            text = as_json(shorter)
        if len(text) > self._length and isinstance(value, list):
            shorter = _newest(shorter, self._length)
            text = as_json(shorter)
        if len(text) > self._length:  # thousands of small fields
            shorter, text = "…", '"…"'
        found[key] = value if len(text) == whole else shorter
        if walk.cut or len(text) < whole:
            found[key + LENGTH] = whole + walk.cut

    def tool(self, key: str, value: Any) -> dict[str, str | int]:
        """Return arguments or a result of a tool as attributes; none where spans carry none."""
        found: Content = {}
        if self.mode.on_spans:
            self.put(found, key, parse_json(value))
        return attributes_of(found)

    def tell(self, model: str, provider: str, content: Content) -> None:
        """Write the one log record of a model call; its ids are those of the current span."""
        _log.info(
            "content of a call of %s",
            model,
            extra={"event": EVENT, "model": model, "provider": provider, **content},
        )


def content_capture(
    mode: ContentMode, redactor: Redactor | None, length: int
) -> ContentCapture | None:
    """Return what captures content, None when none is captured."""
    return None if mode is ContentMode.NO_CONTENT else ContentCapture(mode, redactor, length)


def attributes_of(content: Content) -> dict[str, str | int]:
    """Return content as attributes of a span: JSON as text."""
    return {
        key: value if isinstance(value, str | int) else as_json(value)
        for key, value in content.items()
    }


def as_json(value: Any) -> str:
    """Return a value as JSON text."""
    return orjson.dumps(value).decode()


def _newest(values: list[Any], length: int) -> list[Any]:
    """Return as many of the last values as fit."""
    count = len(values)
    while count and len(as_json(values[-count:])) > length:
        count //= 2
    return values[-count:] if count else []


class _Walk:
    """Copies a value as plain JSON with texts of bounded length.

    Attributes:
        cut: characters that were left out.
    """

    def __init__(self, most: int, redact: Callable[[str], str] | None = None) -> None:
        self._most = most
        self._redact = redact
        self._left = _MOST_VALUES
        self.cut = 0

    def value(self, value: Any, depth: int) -> Any:
        self._left -= 1
        if isinstance(value, str):
            return self._text(value)
        value = plain(value)
        if value is None or isinstance(value, bool | float):
            return value
        if isinstance(value, int):
            return value if -_LARGEST <= value < _LARGEST else "<a large number>"
        if depth and self._left > 0 and isinstance(value, Mapping):
            return {
                self._text(str(key)): self.value(each, depth - 1)
                for key, each in value.items()
                if self._left > 0
            }
        if depth and self._left > 0 and isinstance(value, list | tuple | set | frozenset):
            return [self.value(each, depth - 1) for each in value if self._left > 0]
        return f"<{type(value).__name__}>"

    def _text(self, text: str) -> str:
        if len(text) > self._most:
            self.cut += len(text) - self._most
            redact = self._redact
            text = cut(text, self._most, redact) if redact is not None else text[: self._most]
        # A lone surrogate, of which there may be one in any answer, is no JSON.
        return text if text.isascii() else text.encode("utf-8", "replace").decode()
