"""The operations behind the guides' spans: named freely, counted like every other operation.

The guides describe a call twice: by a span of kind ``llm`` or ``tool``, and by ``record_llm_call``
or ``record_tool_call`` inside it. Here the recorded call is the one that counts, and the span
around it becomes a plain step; a span without a recorded call counts as the call itself.
"""

from dataclasses import replace
from typing import Any

from agent_telemetry.operations import kinds as operation_kinds
from agent_telemetry.operations.agent_run import AgentRun
from agent_telemetry.operations.kinds import OperationKind
from agent_telemetry.operations.model_call import ModelCall
from agent_telemetry.operations.operation import Operation
from agent_telemetry.operations.signals import Signals
from agent_telemetry.operations.tool_call import ToolCall
from agent_telemetry.semconv import REQUEST_MODEL
from agent_telemetry.traces.attribute_value import attribute_value
from agent_telemetry.traces.span_record import KIND, KINDS, STATUS

#: Attributes in which a span of kind ``llm`` may name its model.
_MODEL_ATTRIBUTES = ("model", "model_name", "llm.model", REQUEST_MODEL)
#: Attributes that an operation takes for the request's ids, not for its span.
IDS = frozenset({"tenant_id", "user_id", "session_id", "agent_id", "template_id"})
_UNKNOWN = "unknown"
_KINDS: dict[str, OperationKind] = {
    "agent": operation_kinds.AGENT,
    "llm": operation_kinds.LLM,
    "tool": operation_kinds.TOOL,
    "memory": operation_kinds.MEMORY,
    "retrieval": operation_kinds.RETRIEVAL,
    "chain": operation_kinds.CHAIN,
    "embedding": operation_kinds.EMBEDDING,
}


def traced_operation(
    signals: Signals, name: str, kind: str, attributes: dict[str, object]
) -> Operation:
    """Return an operation, not started, whose span has exactly this name.

    Args:
        signals: what it writes to.
        name: name of the span.
        kind: one of the guides' kinds; another word counts as ``chain``.
        attributes: span attributes; ids such as ``tenant_id`` reach logs and metrics too.
    """
    word = kind if kind in KINDS else "chain"
    exact = name.replace("{", "{{").replace("}", "}}")
    described = replace(_KINDS[word], span_name=exact)
    kept: dict[str, Any] = {
        key: attribute_value(value) for key, value in attributes.items() if value is not None
    }
    kept[KIND] = word
    if word == "agent":
        kept.setdefault("template_id", name)
        return _TracedRun(signals, described, name, kept)
    if word in {"llm", "embedding"}:
        model = next((str(kept[key]) for key in _MODEL_ATTRIBUTES if key in kept), _UNKNOWN)
        provider = str(kept.pop("provider", _UNKNOWN))
        return TracedModelCall(signals, described, model, provider, kept)
    if word == "tool":
        return TracedToolCall(signals, described, name, kept)
    return _TracedStep(signals, described, name, kept)


class _TracedRun(AgentRun):
    """A span of kind ``agent``."""

    def record_metrics(self) -> None:
        _mark_time_out(self)
        super().record_metrics()


class _TracedStep(Operation):
    """A span of any kind that has no metrics of its own."""

    def record_metrics(self) -> None:
        _mark_time_out(self)
        super().record_metrics()


class TracedModelCall(ModelCall):
    """A span of kind ``llm`` or ``embedding``.

    Attributes:
        is_step: whether its calls were recorded one by one, so that it must not count again.
    """

    is_step = False

    def stand_back(self) -> None:
        """Be a plain step from now on: a call inside was recorded."""
        self.is_step = True
        self.kind = replace(operation_kinds.CHAIN, span_name=self.kind.span_name)

    def record_metrics(self) -> None:
        """Write the metrics of a call unless its calls were recorded."""
        _mark_time_out(self)
        if not self.is_step:
            super().record_metrics()

    def log_fields(self) -> dict[str, Any]:
        """Return provider, tokens and cost unless the recorded calls told them."""
        return {} if self.is_step else super().log_fields()


class TracedToolCall(ToolCall):
    """A span of kind ``tool``.

    Attributes:
        is_step: whether its calls were recorded one by one, so that it must not count again.
    """

    is_step = False

    def stand_back(self) -> None:
        """Be a plain step from now on: a call inside was recorded."""
        self.is_step = True
        self.kind = replace(operation_kinds.CHAIN, span_name=self.kind.span_name)

    def record_metrics(self) -> None:
        """Write the metrics of a call unless its calls were recorded."""
        _mark_time_out(self)
        if not self.is_step:
            super().record_metrics()


def _mark_time_out(operation: Operation) -> None:
    if operation.status == "timeout":
        operation.set(STATUS, "timeout")
