"""One run of an agent: from the user's message to its answer."""

import logging
from typing import Any

from agent_telemetry import semconv
from agent_telemetry.correlation import get_request_context
from agent_telemetry.operations.kinds import OperationKind
from agent_telemetry.operations.loop_rule import LoopRule
from agent_telemetry.operations.model_call import ModelCall
from agent_telemetry.operations.operation import Operation
from agent_telemetry.operations.signals import Signals
from agent_telemetry.operations.sums import OperationSums
from agent_telemetry.operations.token_limit import TokenLimit
from agent_telemetry.prices.pricing import usd

_log = logging.getLogger("agent_telemetry")
#: The providers' words for "I have said all", in lower case: OpenAI and Gemini ``stop``, Anthropic
#: ``end_turn`` and ``stop_sequence``, Cohere ``complete``, OpenAI's responses ``completed``.
NORMAL_STOPS = frozenset({"stop", "end_turn", "stop_sequence", "complete", "completed"})


class AgentRun(Operation):
    """One run; its tokens, cost and calls are the sums of everything below it.

    Attributes:
        finish_reasons: why the last model call of the run stopped, as it was told.
    """

    def __init__(
        self, signals: Signals, kind: OperationKind, name: str, attributes: dict[str, Any]
    ) -> None:
        super().__init__(signals, kind, name, attributes)
        self.finish_reasons: tuple[str, ...] = ()
        self._template_id = str(self._bound.get("template_id") or name)
        self._loop = LoopRule(signals.instruments.loop_calls)
        self._token_limit = TokenLimit(signals.instruments.token_limit)
        self._last_call_failed = False
        self._left: BaseException | None = None

    @property
    def succeeded(self) -> bool:
        """Whether the run came to the model's normal end.

        Nothing was raised, nobody left, and the last model call did not fail and stopped because it
        had said all; a run whose last call tells no reason is taken at its word.
        """
        if self.status != "ok" or self._left is not None or self._last_call_failed:
            return False
        reasons = [reason.lower() for reason in self.finish_reasons if reason]
        return not reasons or any(reason in NORMAL_STOPS for reason in reasons)

    def ended_below(self, call: OperationSums) -> bool:
        """Learn why a model call stopped, and count the call."""
        if isinstance(call, ModelCall):
            self.finish_reasons = call.finish_reasons
            self._last_call_failed = call.status != "ok"
            self._token_limit.used(self.tokens_input + self.tokens_output)
        rule = self._loop.called()
        if rule:
            self._suspect(rule, calls=self.llm_calls + self.tool_calls)
        return True

    def tool_began(self, tool: str, fingerprint: int) -> None:
        """Look whether a tool was called like this before."""
        rule = self._loop.repeated(fingerprint)
        if rule:
            self._suspect(rule, tool_name=tool)

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
        metrics, seconds, span = self._signals.metrics, self.duration_seconds, self._span
        context = get_request_context()
        metrics.family("agent_invocations_total").child().inc()
        metrics.family("agent_chat_latency_seconds").child(
            context.agent_id or self.name, self._template_id
        ).observe(seconds, span)
        metrics.family("agent_latency_ms").child().observe(seconds * 1000, span)
        metrics.family("gen_ai_invoke_agent_duration_seconds").child(
            self.name, self.error_type
        ).observe(seconds, span)
        metrics.family("gen_ai_invoke_agent_inference_calls").child(self.name).observe(
            self.llm_calls, span
        )
        metrics.family("gen_ai_invoke_agent_tool_calls").child(self.name).observe(
            self.tool_calls, span
        )
        if self.cost_units is not None:
            metrics.family("agent_run_cost_usd").child(self._template_id, self.status).observe(
                usd(self.cost_units), span
            )
        self._signals.instruments.activity.run_ended(
            self._template_id, seconds, succeeded=self.succeeded
        )
        told: dict[str, str | int] = {
            semconv.GUIDE_TOKENS_INPUT: self.tokens_input,
            semconv.GUIDE_TOKENS_OUTPUT: self.tokens_output,
        }
        if context.tenant_id:
            told[semconv.GUIDE_TENANT_ID] = context.tenant_id
        span.set_attributes(told)

    def _start(self) -> None:
        super()._start()
        context = get_request_context()
        self._signals.instruments.activity.seen(context.user_id, context.tenant_id)

    def _finish(self, error: BaseException | None) -> None:
        self._left = error
        super()._finish(error)

    def _suspect(self, rule: str, **told: object) -> None:
        """Say that the run looks like a loop: once a run and rule."""
        self._signals.metrics.family("agent_loop_suspected_total").child(
            self._template_id, rule
        ).inc()
        self.event("loop.suspected", rule=rule, **told)
        _log.warning(
            "run of agent %s looks like a loop (%s)",
            self.name,
            rule,
            extra={"event": "loop_suspected", "rule": rule, **told},
        )
