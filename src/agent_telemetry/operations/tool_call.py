"""A call of a tool by an agent."""

from typing import Any

from agent_telemetry import semconv
from agent_telemetry.operations.agent_run import AgentRun
from agent_telemetry.operations.kinds import OperationKind
from agent_telemetry.operations.loop_rule import fingerprint_of
from agent_telemetry.operations.operation import Operation
from agent_telemetry.operations.signals import Signals


class ToolCall(Operation):
    """One call of a tool; ``fail`` marks a failure that is told to the model, not raised.

    Args:
        signals: the outlets.
        kind: the kind of operation.
        name: the tool's name.
        attributes: span attributes. Two are not: ``arguments`` (JSON, or what it stands for) or,
            instead, ``fingerprint`` (a text of one's own) tell equal calls, so that a loop shows.
            Only a hash is kept, and only as long as the run; the arguments themselves only with
            content capture.
    """

    def __init__(
        self, signals: Signals, kind: OperationKind, name: str, attributes: dict[str, Any]
    ) -> None:
        arguments = attributes.pop("arguments", None)
        fingerprint = attributes.pop("fingerprint", None)
        super().__init__(signals, kind, name, attributes)
        self._fingerprint: int | None = None
        if signals.content is not None and arguments is not None:
            self._capture(semconv.TOOL_CALL_ARGUMENTS, arguments)
        if fingerprint is not None:
            self._fingerprint = hash((name, str(fingerprint)))
        elif arguments is not None:
            self._fingerprint = fingerprint_of(name, arguments)

    def result(self, value: object) -> None:
        """Show what the tool answered; does nothing unless content capture is switched on."""
        if self._signals.content is not None and not self._ended:
            self._capture(semconv.TOOL_CALL_RESULT, value)

    def start_attributes(self) -> dict[str, object]:
        """Return the attributes known at the start."""
        found = super().start_attributes()
        found[semconv.GUIDE_TOOL_NAME] = self.name
        found.setdefault(semconv.TOOL_TYPE, "function")
        return found

    def count_in_parents(self) -> None:
        """Count the call in the operations above."""
        if self.kind.kind == "tool":
            self.count_upwards(tool_calls=1)

    def record_metrics(self) -> None:
        """Write the metrics of the end of the call."""
        metrics, seconds, span = self._signals.metrics, self.duration_seconds, self._span
        failed = self.status != "ok"
        metrics.family("tool_calls_total").child().inc()
        if failed:
            metrics.family("tool_errors_total").child().inc()
        metrics.family("agent_tool_calls_total").child(
            self.name, "failed" if failed else "success"
        ).inc()
        metrics.family("agent_tool_call_latency_seconds").child(self.name).observe(seconds, span)
        metrics.family("gen_ai_execute_tool_duration_seconds").child(
            self.name, self.error_type
        ).observe(seconds, span)

    def _capture(self, key: str, value: object) -> None:
        content = self._signals.content
        if content is None:
            return
        try:
            found = content.tool(key, value)
            if key in found and key == semconv.TOOL_CALL_ARGUMENTS:
                found[semconv.GUIDE_TOOL_INPUT] = found[key]
            if self._started:
                self._span.set_attributes(found)
            else:
                self._attributes.update(found)
        except Exception as error:  # noqa: BLE001 -- telemetry never raises into its host
            self._signals.guard.fault("tool.capture", error)

    def _start(self) -> None:
        super()._start()
        if self._fingerprint is None:
            return
        run = self.parent
        while run is not None and not isinstance(run, AgentRun):
            run = run.parent
        if run is not None:
            run.tool_began(self.name, self._fingerprint)
