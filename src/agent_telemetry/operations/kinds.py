"""The kinds of operation: what each is called in spans, and how its end is told."""

import logging
from dataclasses import dataclass

from opentelemetry.trace import SpanKind

from agent_telemetry import semconv


@dataclass(frozen=True, slots=True)
class OperationKind:
    """One kind of operation.

    Attributes:
        kind: the word of the API: ``agent``, ``llm``, ``tool``, …
        span_name: name of the span, ``{}`` stands for the operation's name.
        span_kind: OpenTelemetry's kind.
        genai_operation: value of ``gen_ai.operation.name``; empty when it is none.
        name_attribute: attribute that carries the operation's name.
        level: level of the log line written at its end.
        field: field of the log record that carries the operation's name.
    """

    kind: str
    span_name: str
    span_kind: SpanKind
    genai_operation: str
    name_attribute: str
    level: int
    field: str


_CLIENT, _INTERNAL = SpanKind.CLIENT, SpanKind.INTERNAL

AGENT = OperationKind(
    "agent", "Agent.Chat", _INTERNAL, "invoke_agent", semconv.AGENT_NAME, logging.INFO, "agent"
)
LLM = OperationKind("llm", "chat {}", _CLIENT, "chat", semconv.REQUEST_MODEL, logging.INFO, "model")
TOOL = OperationKind(
    "tool", "Tool.{}", _INTERNAL, "execute_tool", semconv.TOOL_NAME, logging.INFO, "tool_name"
)
EMBEDDING = OperationKind(
    "embedding", "embeddings {}", _CLIENT, "embeddings", semconv.REQUEST_MODEL, logging.INFO,
    "model",
)  # fmt: skip
RETRIEVAL = OperationKind(
    "retrieval", "retrieval {}", _CLIENT, "retrieval", semconv.DATA_SOURCE_ID, logging.DEBUG, "step"
)
MEMORY = OperationKind("memory", "memory {}", _INTERNAL, "", "", logging.DEBUG, "step")
CHAIN = OperationKind("chain", "{}", _INTERNAL, "", "", logging.DEBUG, "step")
HTTP_CLIENT = OperationKind(
    "http", "HTTP {}", _CLIENT, "", semconv.HTTP_METHOD, logging.DEBUG, "step"
)
