"""A call of a language or embedding model: tokens, cost, and the model's own metrics."""

import logging
import time
from typing import Any, Self

from agent_telemetry import semconv
from agent_telemetry.asgi.departures import Abandoned
from agent_telemetry.content.captured_call import CapturedCall
from agent_telemetry.correlation import get_request_context
from agent_telemetry.operations.kinds import OperationKind
from agent_telemetry.operations.model_stream import ModelStream, outcome_of
from agent_telemetry.operations.signals import Signals
from agent_telemetry.prices.pricing import Usage, usd
from agent_telemetry.rate_limit_words import is_rate_limit
from agent_telemetry.traces.plain_attributes import Plain, set_plain

_log = logging.getLogger("agent_telemetry")


class ModelCall(CapturedCall):
    """One call of a model.

    A call that is thrown away without an end is ended later (``lost_calls``).

    Attributes:
        provider: who runs the model.
        finish_reasons: why it stopped, as the provider says it; empty when it was not told.
    """

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
        self.finish_reasons: tuple[str, ...] = ()
        self._response_model = ""
        self._estimated = False
        self._stream: ModelStream | None = None
        self._outcome = ""

    #: Whether a budget may refuse the call: not one that was made already.
    refusable = True
    #: Whether a watch on its stream ends it, also when both are thrown away at once.
    watched = False

    def __enter__(self) -> Self:
        """Begin the call.

        Raises:
            BudgetExceeded: a budget in mode ``block`` is spent; the call is ended as failed.
        """
        super().__enter__()
        budgets = self._signals.budgets
        if budgets is not None and budgets.checks and self.refusable:
            refusal = budgets.refusal(self)
            if refusal is not None:
                self.end(refusal)
                raise refusal
        return self

    def usage(
        self,
        *,
        input: int,  # noqa: A002 -- the word of the conventions: gen_ai.usage.input_tokens
        output: int,
        cached: int = 0,
        cache_write: int = 0,
        reasoning: int = 0,
        cache_write_1h: int = 0,
        estimated: bool = False,
    ) -> None:
        """Say what the provider billed; called once, with the provider's own numbers.

        Args:
            input: all prompt tokens, those from and into the provider's cache included.
            output: all tokens produced, reasoning included.
            cached: prompt tokens read from the provider's cache.
            cache_write: prompt tokens written into it.
            reasoning: tokens thought but not shown.
            cache_write_1h: those of ``cache_write`` that Anthropic keeps for an hour.
            estimated: whether the numbers are one's own (``estimate_tokens``), or those of an
                answer that was broken off; marked in span and log.
        """
        try:
            usage = Usage(input, output, cached, cache_write, reasoning, cache_write_1h)
            self._usage(usage, estimated=estimated)
        except Exception as error:  # noqa: BLE001 -- telemetry never raises into its host
            self._signals.guard.fault("llm.usage", error)

    def response_model(self, model: str) -> None:
        """Say which model answered, when the provider tells; it decides the price."""
        self._response_model = model
        self.set(semconv.RESPONSE_MODEL, model)

    def finish_reason(self, *reasons: str) -> None:
        """Say why the model stopped."""
        self.finish_reasons = reasons
        self.set(semconv.RESPONSE_FINISH_REASONS, reasons)

    def chunk(self, tokens: int | None = None) -> None:
        """Mark one piece of a streamed answer, as it comes.

        Args:
            tokens: how many it has, if that is known.
        """
        if self._ended:
            return
        try:
            stream = self._stream if self._stream is not None else self._open_stream()
            stream.piece(tokens, self._genai_labels())
        except Exception as error:  # noqa: BLE001 -- telemetry never raises into its host
            self._signals.guard.fault("llm.chunk", error)

    def retried(self, reason: str, wait_seconds: float = 0.0) -> None:
        """Say that the call is made again; may be said of a call that has ended.

        Args:
            reason: why, of few values: the provider's code, the exception's class.
            wait_seconds: how long is waited before; counted where a limit of the rate is the
                reason.
        """
        try:
            metrics = self._signals.metrics
            metrics.family("agent_model_retries_total").child(self.name, reason).inc()
            if wait_seconds > 0 and is_rate_limit(reason):
                metrics.family("agent_rate_limit_wait_seconds_total").child(self.name).inc(
                    wait_seconds
                )
            self._note("llm.retry", reason=reason, wait_seconds=wait_seconds)
        except Exception as error:  # noqa: BLE001 -- telemetry never raises into its host
            self._signals.guard.fault("llm.retried", error)

    def fell_back(self, reason: str) -> None:
        """Say that another model is asked instead of this one; may be said after the end."""
        try:
            self._signals.metrics.family("agent_model_fallbacks_total").child(
                self.name, reason
            ).inc()
            self._note("llm.fallback", reason=reason)
        except Exception as error:  # noqa: BLE001 -- telemetry never raises into its host
            self._signals.guard.fault("llm.fell_back", error)

    def start_attributes(self) -> dict[str, Any]:
        """Return the attributes known at the start."""
        found = super().start_attributes()
        found[semconv.PROVIDER_NAME] = self.provider
        found[semconv.GUIDE_LLM_MODEL] = self.name
        return found

    def log_fields(self) -> dict[str, Any]:
        """Return provider, tokens and cost; only model calls carry them, so that sums agree."""
        found: dict[str, Any] = {"provider": self.provider}
        if self.used is not None:
            found["tokens_input"] = self.used.input
            found["tokens_output"] = self.used.output
            found["cost_usd"] = self.cost_usd
        if self._estimated:
            found["tokens_estimated"] = True
        if self._stream is not None:
            found["stream_outcome"] = self._outcome
        return found

    def count_in_parents(self) -> None:
        """Count the call in the operations above."""
        if self.kind.kind == "llm":
            self.count_upwards(llm_calls=1)

    def record_metrics(self) -> None:
        """Write the metrics of the end of the call."""
        failed = self.status != "ok"
        self._signals.instruments.models.of(self._genai_labels()).ended(
            self.duration_seconds,
            (self.error_type or self.status) if failed else "",
            self._span,
            chat=self.kind.kind == "llm",
        )
        self._signals.instruments.recent.model_call(
            self.name,
            self.duration_seconds,
            failed=failed,
            tokens=self.tokens_input + self.tokens_output,
        )
        if not failed and self.used is None:
            self._signals.metrics.family("agent_usage_missing_total").child(self.name).inc()
        if self._stream is not None:
            self._stream.ended(self._outcome, self.provider, self.name, self.used)

    def ended_at(self, error: BaseException | None) -> float:
        """Return when the call ended; a stream that was thrown away, at its last piece."""
        now = time.perf_counter()
        if self._stream is None or not isinstance(error, Abandoned):
            return now
        last = self._stream.last_sign_of_life
        self._end_time = time.time_ns() - int((now - last) * 1e9)
        return last

    def _start(self) -> None:
        self._signals.instruments.lost.end_all()
        super()._start()
        if self._attributes.get(semconv.REQUEST_STREAM) is True:
            self._open_stream()

    def _finish(self, error: BaseException | None) -> None:
        if self._stream is not None:
            self._outcome = outcome_of(error, failed=self.status != "ok")
        elif isinstance(error, Abandoned):
            self.fail("abandoned", "the call was begun and never ended")
        super()._finish(error)

    def _open_stream(self) -> ModelStream:
        started = self._started or time.perf_counter()
        self._stream = ModelStream(self._signals.metrics, self._span, started)
        return self._stream

    def _note(self, event: str, **attributes: Any) -> None:
        if self._span.is_recording():
            self.event(event, **attributes)

    def _genai_labels(self) -> tuple[str, str, str, str]:
        return (self.kind.genai_operation, self.provider, self.name, self._response_model)

    def _usage(self, usage: Usage, *, estimated: bool) -> None:
        if self.used is not None:
            return
        self._estimated = estimated
        prices = self._signals.prices
        price = prices.price(self._response_model or self.name, self.provider)
        if price is None and self._response_model:
            price = prices.price(self.name, self.provider)
        units = price.cost(usage) if price is not None else None
        self.add(usage, units)
        self._set_attributes(usage, units)
        metrics = self._signals.metrics
        self._signals.instruments.models.of(self._genai_labels()).used(usage, self._span)
        if units is None:
            self._unpriced()
        else:
            context = self._request or get_request_context()
            tenant = context.tenant_id or "unknown"
            metrics.family("agent_api_cost_usd_total").child(self.name, tenant).inc(usd(units))
            if self._signals.budgets is not None:
                self._signals.budgets.booked(self, context, units)

    def _set_attributes(self, usage: Usage, units: int | None) -> None:
        found: dict[str, Plain] = {
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
        if self._estimated:
            found[semconv.USAGE_ESTIMATED] = True
        if units is not None:
            found[semconv.COST_AMOUNT] = usd(units)
            found[semconv.COST_CURRENCY] = "USD"
            found[semconv.COST_SOURCE] = "local"
        set_plain(self._span, found)

    def _unpriced(self) -> None:
        self._signals.metrics.family("agent_unpriced_calls_total").child(self.name).inc()
        if self._signals.guard.first_time(f"unpriced.{self.name}"):
            _log.warning(
                "model %s has no known price; its calls are in no cost until it is added to a "
                "file named by AGENT_TELEMETRY_PRICES_FILE",
                self.name,
                extra={"event": "model_unpriced", "model": self.name},
            )

    def __del__(self) -> None:
        if self._started and not self._ended and not self.watched:
            self._signals.instruments.lost.put(self)
