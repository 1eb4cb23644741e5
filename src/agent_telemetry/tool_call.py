"""A call of a tool by an agent."""

from agent_telemetry import semconv
from agent_telemetry.operation import Operation


class ToolCall(Operation):
    """One call of a tool; ``fail`` marks a failure that is told to the model, not raised."""

    def start_attributes(self) -> dict[str, object]:
        """Return the attributes known at the start."""
        found = super().start_attributes()
        found[semconv.GUIDE_TOOL_NAME] = self.name
        found.setdefault(semconv.TOOL_TYPE, "function")
        return found

    def record_metrics(self) -> None:
        """Write the metrics of the end of the call."""
        metrics, seconds = self._signals.metrics, self.duration_seconds
        status = "success" if self.status == "ok" else "failed"
        metrics.family("agent_tool_calls_total").child(self.name, status).inc()
        metrics.family("agent_tool_call_latency_seconds").child(self.name).observe(seconds)
        metrics.family("gen_ai_execute_tool_duration_seconds").child(
            self.name, self.error_type
        ).observe(seconds)
