"""A call of a language or embedding model: tokens, cost, and the model's own metrics."""

import logging
from typing import Any

from agent_telemetry import semconv
from agent_telemetry.correlation import get_request_context
from agent_telemetry.operation import Operation
from agent_telemetry.operation_kinds import OperationKind
from agent_telemetry.pricing import Usage, usd
from agent_telemetry.signals import Signals

_log = logging.getLogger("agent_telemetry")


class ModelCall(Operation):
    """One call of a model."""

    def __init__(
        self,
        signals: Signals,
        kind: OperationKind,
        name: str,
        provider: str,
        attributes: dict[str, Any],
    ) -> None:
        super().__init__(signals, kind, name, attributes)
        self.provider = provider
        self._response_model = ""

    def usage(
        self,
        *,
        input: int,  # noqa: A002 -- the word of the conventions: gen_ai.usage.input_tokens
        output: int,
        cached: int = 0,
        cache_write: int = 0,
        reasoning: int = 0,
    ) -> None:
        """Say what the provider billed; called once, with the provider's own numbers.

        Args:
            input: all prompt tokens, those from and into the provider's cache included.
            output: all tokens produced, reasoning included.
            cached: prompt tokens read from the provider's cache.
            cache_write: prompt tokens written into it.
            reasoning: tokens thought but not shown.
        """
        try:
            self._usage(Usage(input, output, cached, cache_write, reasoning))
        except Exception as error:  # noqa: BLE001 -- telemetry never raises into its host
            self._signals.guard.fault("llm.usage", error)

    def response_model(self, model: str) -> None:
        """Say which model answered, when the provider tells; it decides the price."""
        self._response_model = model
        self.set(semconv.RESPONSE_MODEL, model)

    def finish_reason(self, *reasons: str) -> None:
        """Say why the model stopped."""
        self.set(semconv.RESPONSE_FINISH_REASONS, reasons)

    def start_attributes(self) -> dict[str, Any]:
        """Return the attributes known at the start."""
        found = super().start_attributes()
        found[semconv.PROVIDER_NAME] = self.provider
        found[semconv.GUIDE_LLM_MODEL] = self.name
        return found

    def log_fields(self) -> dict[str, Any]:
        """Return provider, tokens and cost; only model calls carry them, so that sums agree."""
        if self.used is None:
            return {"provider": self.provider}
        return {
            "provider": self.provider,
            "tokens_input": self.used.input,
            "tokens_output": self.used.output,
            "cost_usd": self.cost_usd,
        }

    def record_metrics(self) -> None:
        """Write the metrics of the end of the call."""
        metrics, seconds = self._signals.metrics, self.duration_seconds
        failed = self.status != "ok"
        metrics.family("ai_model_calls_total").child(
            self.name, "error" if failed else "success"
        ).inc()
        metrics.family("ai_model_duration_seconds").child(self.name).observe(seconds)
        metrics.family("gen_ai_client_operation_duration_seconds").child(
            *self._genai_labels(), self.error_type
        ).observe(seconds)
        if not failed and self.used is None:
            metrics.family("agent_usage_missing_total").child(self.name).inc()

    def _genai_labels(self) -> tuple[str, str, str, str]:
        return (self.kind.genai_operation, self.provider, self.name, self._response_model)

    def _usage(self, usage: Usage) -> None:
        if self.used is not None:
            return
        price = self._signals.prices.find(self._response_model or self.name)
        if price is None and self._response_model:
            price = self._signals.prices.find(self.name)
        units = price.cost(usage) if price is not None else None
        self.add(usage, units)
        self._set_attributes(usage, units)
        metrics = self._signals.metrics
        tokens = metrics.family("ai_tokens_used_total")
        tokens.child(self.name, "prompt").inc(usage.input)
        tokens.child(self.name, "completion").inc(usage.output)
        sizes = metrics.family("agent_token_usage")
        sizes.child("input").observe(usage.input)
        sizes.child("output").observe(usage.output)
        genai = metrics.family("gen_ai_client_token_usage")
        labels = self._genai_labels()
        genai.child(*labels, "input").observe(usage.input)
        genai.child(*labels, "output").observe(usage.output)
        if units is None:
            self._unpriced()
        else:
            tenant = get_request_context().tenant_id or "unknown"
            metrics.family("agent_api_cost_usd_total").child(self.name, tenant).inc(usd(units))

    def _set_attributes(self, usage: Usage, units: int | None) -> None:
        found: dict[str, Any] = {
            semconv.USAGE_INPUT: usage.input,
            semconv.USAGE_OUTPUT: usage.output,
            semconv.GUIDE_TOKENS_INPUT: usage.input,
            semconv.GUIDE_TOKENS_OUTPUT: usage.output,
        }
        if usage.cached:
            found[semconv.USAGE_CACHE_READ] = usage.cached
        if usage.cache_write:
            found[semconv.USAGE_CACHE_WRITE] = usage.cache_write
        if usage.reasoning:
            found[semconv.USAGE_REASONING] = usage.reasoning
        if units is not None:
            found[semconv.COST_AMOUNT] = usd(units)
            found[semconv.COST_CURRENCY] = "USD"
            found[semconv.COST_SOURCE] = "local"
        self._span.set_attributes(found)

    def _unpriced(self) -> None:
        self._signals.metrics.family("agent_unpriced_calls_total").child(self.name).inc()
        if self._signals.guard.first_time(f"unpriced.{self.name}"):
            _log.warning(
                "model %s has no known price; its calls are in no cost until it is added to a "
                "file named by AGENT_TELEMETRY_PRICES_FILE",
                self.name,
                extra={"event": "model_unpriced", "model": self.name},
            )
