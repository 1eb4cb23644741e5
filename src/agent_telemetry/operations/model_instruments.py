"""The children of the metric families of one model, looked up once instead of at each call."""

from typing import Any

from agent_telemetry.metrics.metrics import Metrics
from agent_telemetry.prices.pricing import Usage

_MOST_KEPT = 200
Labels = tuple[str, str, str, str]


class ModelInstruments:
    """What the calls of one model write to.

    Args:
        metrics: where the families are.
        labels: OpenTelemetry's common labels: operation, provider, model, answering model.
    """

    def __init__(self, metrics: Metrics, labels: Labels) -> None:
        _, provider, model, _ = labels
        self._metrics = metrics
        self._labels = labels
        self._calls = {
            failed: metrics.family("ai_model_calls_total").child(model, status)
            for failed, status in ((False, "success"), (True, "error"))
        }
        self._seconds = metrics.family("ai_model_duration_seconds").child(model)
        self._milliseconds = metrics.family("llm_latency_ms").child()
        self._genai_seconds = metrics.family("gen_ai_client_operation_duration_seconds")
        # Made with the first usage: a model without a word on tokens has no such series.
        self._usage: _UsageChildren | None = None
        self._provider, self._model = provider, model

    def ended(self, seconds: float, error_type: str, span: Any, *, chat: bool) -> None:
        """Write the end of a call.

        Args:
            seconds: its time.
            error_type: why it failed, empty when it did not.
            span: the call's, for exemplars.
            chat: whether it is a language model's; guide B's time knows no others.
        """
        self._calls[bool(error_type)].inc()
        self._seconds.observe(seconds, span)
        if chat:
            self._milliseconds.observe(seconds * 1000, span)
        self._genai_seconds.child(*self._labels, error_type).observe(seconds, span)

    def used(self, usage: Usage, span: Any) -> None:
        """Write the tokens of a call."""
        if self._usage is None:
            self._usage = _UsageChildren(self._metrics, self._labels)
        self._usage.write(usage, span)


class _UsageChildren:
    """What the tokens of one model's calls are written to."""

    def __init__(self, metrics: Metrics, labels: Labels) -> None:
        _, provider, model, _ = labels
        used = metrics.family("ai_tokens_used_total")
        self._prompt, self._completion = (
            used.child(model, kind) for kind in ("prompt", "completion")
        )
        sizes = metrics.family("agent_token_usage")
        self._size_in, self._size_out = sizes.child("input"), sizes.child("output")
        genai = metrics.family("gen_ai_client_token_usage")
        self._genai_in, self._genai_out = (
            genai.child(*labels, kind) for kind in ("input", "output")
        )
        kinds = metrics.family("agent_tokens_total")
        self._input, self._output, self._cache_read, self._cache_write, self._reasoning = (
            kinds.child(provider, model, kind)
            for kind in ("input", "output", "cache_read", "cache_write", "reasoning")
        )

    def write(self, usage: Usage, span: Any) -> None:
        self._prompt.inc(usage.input)
        self._completion.inc(usage.output)
        self._size_in.observe(usage.input, span)
        self._size_out.observe(usage.output, span)
        self._genai_in.observe(usage.input, span)
        self._genai_out.observe(usage.output, span)
        self._input.inc(usage.input)
        self._output.inc(usage.output)
        if usage.cached:
            self._cache_read.inc(usage.cached)
        if usage.cache_write:
            self._cache_write.inc(usage.cache_write)
        if usage.reasoning:
            self._reasoning.inc(usage.reasoning)


class InstrumentsByModel:
    """Keeps the instruments of the models in use.

    Args:
        metrics: where the families are.
    """

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics
        self._kept: dict[Labels, ModelInstruments] = {}

    def of(self, labels: Labels) -> ModelInstruments:
        """Return a model's instruments; past a bound they are made anew each time."""
        found = self._kept.get(labels)
        if found is None:
            found = ModelInstruments(self._metrics, labels)
            if len(self._kept) < _MOST_KEPT:
                self._kept[labels] = found
        return found
