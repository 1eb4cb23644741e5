"""One run of an agent: from the user's message to its answer."""

from typing import Any

from agent_telemetry import semconv
from agent_telemetry.correlation import get_request_context
from agent_telemetry.operation import Operation


class AgentRun(Operation):
    """One run; its tokens, cost and calls are the sums of everything below it."""

    def log_fields(self) -> dict[str, Any]:
        """Return the sums of the run.

        Tokens and cost stand on the model calls' records: said again here under the same names,
        a sum over the records would count them twice.
        """
        return {
            "llm_calls": self.llm_calls,
            "tool_calls": self.tool_calls,
            "run_tokens_input": self.tokens_input,
            "run_tokens_output": self.tokens_output,
            "run_cost_usd": self.cost_usd,
        }

    def record_metrics(self) -> None:
        """Write the metrics of the end of the run."""
        metrics, seconds = self._signals.metrics, self.duration_seconds
        context = get_request_context()
        metrics.family("agent_chat_latency_seconds").child(
            context.agent_id or self.name, context.template_id or self.name
        ).observe(seconds)
        metrics.family("gen_ai_invoke_agent_duration_seconds").child(
            self.name, self.error_type
        ).observe(seconds)
        self.set(semconv.GUIDE_TOKENS_INPUT, self.tokens_input)
        self.set(semconv.GUIDE_TOKENS_OUTPUT, self.tokens_output)
