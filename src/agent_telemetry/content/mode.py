"""Where the content of model and tool calls goes: nowhere, unless it is asked for.

Source: ``opentelemetry-util-genai`` 1.3b0, ``ContentCapturingMode``.
"""

from enum import Enum

VARIABLE = "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT"
ACCEPTED = "NO_CONTENT, SPAN_ONLY, EVENT_ONLY, SPAN_AND_EVENT, or true and false as before them"
_OLDER = {"": "NO_CONTENT", "FALSE": "NO_CONTENT", "TRUE": "SPAN_ONLY"}


class ContentMode(Enum):
    """What is captured of messages, tool definitions, and arguments and results of tools."""

    NO_CONTENT = "NO_CONTENT"
    SPAN_ONLY = "SPAN_ONLY"
    EVENT_ONLY = "EVENT_ONLY"
    SPAN_AND_EVENT = "SPAN_AND_EVENT"

    @classmethod
    def parse(cls, text: str) -> "ContentMode | None":
        """Return the mode of a variable's text, None when it is none."""
        name = text.strip().upper()
        return cls.__members__.get(_OLDER.get(name, name))

    @property
    def on_spans(self) -> bool:
        """Whether spans carry content."""
        return self in {ContentMode.SPAN_ONLY, ContentMode.SPAN_AND_EVENT}

    @property
    def on_events(self) -> bool:
        """Whether a log record carries it."""
        return self in {ContentMode.EVENT_ONLY, ContentMode.SPAN_AND_EVENT}
