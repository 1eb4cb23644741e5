"""Calls that were made without us and are told afterwards, with their numbers.

They go through the same operations as calls that were watched, so that metrics, log line, cost and
budget agree; only their span is borrowed: it is the one around them.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from opentelemetry import trace
from opentelemetry.trace import SpanContext, Status, StatusCode

from agent_telemetry import semconv
from agent_telemetry.operations import kinds as operation_kinds
from agent_telemetry.operations.model_call import ModelCall
from agent_telemetry.operations.operation import Operation, current_operation
from agent_telemetry.operations.signals import Signals
from agent_telemetry.operations.tool_call import ToolCall
from agent_telemetry.prices.pricing import UNITS_PER_USD, Price, PriceTable, Usage
from agent_telemetry.traces.span_caps import LENGTH
from agent_telemetry.traces.traced_operation import TracedModelCall, TracedToolCall

#: Attributes of a span that repeated calls in it add up.
_ADDED_UP = frozenset(
    {
        semconv.USAGE_INPUT,
        semconv.USAGE_OUTPUT,
        semconv.GUIDE_TOKENS_INPUT,
        semconv.GUIDE_TOKENS_OUTPUT,
        semconv.COST_AMOUNT,
    }
)


def report_model_call(
    signals: Signals,
    model: str,
    *,
    usage: Usage | None,
    cost_usd: float | None = None,
    seconds: float | None = None,
    error_type: str = "",
    provider: str = "unknown",
    estimated: bool = False,
    said: Mapping[str, Any] | None = None,
) -> None:
    """Tell of one model call.

    Args:
        signals: what it is written to.
        model: the model's name.
        usage: its tokens; None when the provider did not say.
        cost_usd: what it cost; None: by the price table.
        seconds: how long it took; None: as long as the span around it until now.
        error_type: why it failed; empty when it did not.
        provider: who answered.
        estimated: whether the tokens are one's own estimate.
        said: ``input``, ``output``, ``system`` and ``tools`` as ``ModelCall.capture`` takes them.
    """
    around = current_operation()
    if type(around) is ModelCall and around.used is None and not error_type:
        # Inside ``with stack.llm(...)`` the call is counted there: only its tokens are told here.
        around.capture(**said or {})
        if usage is not None:
            around.usage(input=usage.input, output=usage.output, estimated=estimated)
        return
    if isinstance(around, TracedModelCall):
        around.stand_back()
        around.name = model
        around.set(semconv.REQUEST_MODEL, model)
        around.set(semconv.GUIDE_LLM_MODEL, model)
    prices = signals.prices if cost_usd is None else _ToldPrices(cost_usd)
    borrowed = replace(signals, tracer=_Borrower(), prices=prices)
    with _ReportedModelCall(borrowed, operation_kinds.LLM, model, provider, {}) as call:
        call.capture(**said or {})
        if usage is not None:
            call.usage(
                input=usage.input,
                output=usage.output,
                cached=usage.cached,
                cache_write=usage.cache_write,
                reasoning=usage.reasoning,
                estimated=estimated,
            )
            if cost_usd is not None:
                call.set(semconv.COST_SOURCE, "reported")
        _end_as(call, seconds, error_type)


def report_tool_call(
    signals: Signals,
    tool_name: str,
    *,
    seconds: float | None,
    error_type: str = "",
    arguments: object = None,
    result: object = None,
) -> None:
    """Tell of one tool call.

    Args:
        signals: what it is written to.
        tool_name: the tool's name.
        seconds: how long it took; None: as long as the span around it until now.
        error_type: why it failed; empty when it did not.
        arguments: what it was asked, for content capture and the detection of loops.
        result: what it answered, for content capture.
    """
    around = current_operation()
    if isinstance(around, TracedToolCall):
        around.stand_back()
    borrowed = replace(signals, tracer=_Borrower())
    given = {"arguments": arguments} if arguments is not None else {}
    with _ReportedToolCall(borrowed, operation_kinds.TOOL, tool_name, given) as call:
        if result is not None:
            call.result(result)
        _end_as(call, seconds, error_type)


def _end_as(call: "_Reported", seconds: float | None, error_type: str) -> None:
    if error_type:
        call.fail(error_type)
    if seconds is None:
        began = getattr(trace.get_current_span(), "start_time", None)
        seconds = (time.time_ns() - began) / 1e9 if began else 0.0
    call.took(max(0.0, seconds))


class _Reported(Operation):
    """An operation whose time is told."""

    def took(self, seconds: float) -> None:
        self._started = time.perf_counter() - seconds


class _ReportedModelCall(_Reported, ModelCall):
    """A model call that is told afterwards: no budget can refuse it any more."""

    refusable = False


class _ReportedToolCall(_Reported, ToolCall):
    """A tool call that is told afterwards."""


@dataclass(frozen=True, slots=True)
class _ToldPrice(Price):
    """The one price that gives a cost which is known already."""

    told: int

    def cost(self, usage: Usage) -> int:
        del usage
        return self.told


class _ToldPrices(PriceTable):
    """Finds for every model a price that gives the cost that the caller told."""

    def __init__(self, cost_usd: float) -> None:
        super().__init__((), date.min)
        units = int(Decimal(str(cost_usd)) * UNITS_PER_USD)
        self._told = _ToldPrice("told", "told", date.min, 0, 0, 0, 0, told=max(0, units))

    def find(self, model: str, day: date | None = None) -> Price:
        del model, day
        return self._told


class _Borrower(trace.NoOpTracer):
    """Starts no span: lends the current one."""

    def start_span(self, name: str, *given: Any, **options: Any) -> trace.Span:
        del name, given
        span = _BorrowedSpan(trace.get_current_span())
        started_with: Mapping[str, Any] = options.get("attributes") or {}
        kept = _MODEL_KEYS if semconv.REQUEST_MODEL in started_with else _TOOL_KEYS
        span.set_attributes({key: started_with[key] for key in kept if key in started_with})
        return span


_MODEL_KEYS = (semconv.REQUEST_MODEL, semconv.GUIDE_LLM_MODEL, semconv.PROVIDER_NAME)
_TOOL_KEYS = (
    semconv.TOOL_CALL_ARGUMENTS,
    semconv.TOOL_CALL_ARGUMENTS + LENGTH,
    semconv.GUIDE_TOOL_INPUT,
)


class _BorrowedSpan(trace.Span):
    """The span around a reported call: attributes add up in it, its end and status are its own."""

    def __init__(self, span: trace.Span) -> None:
        self._span = span

    def get_span_context(self) -> SpanContext:
        return self._span.get_span_context()

    def is_recording(self) -> bool:
        return self._span.is_recording()

    def set_attributes(self, attributes: Mapping[str, Any]) -> None:
        for key, value in attributes.items():
            self.set_attribute(key, value)

    def set_attribute(self, key: str, value: Any) -> None:
        if key in _ADDED_UP:
            known = (getattr(self._span, "attributes", None) or {}).get(key, 0)
            value = known + value if isinstance(known, int | float) else value
        self._span.set_attribute(key, value)

    def add_event(
        self, name: str, attributes: Mapping[str, Any] | None = None, timestamp: int | None = None
    ) -> None:
        self._span.add_event(name, attributes, timestamp)

    def update_name(self, name: str) -> None:
        """Keep the name."""

    def set_status(self, status: Status | StatusCode, description: str | None = None) -> None:
        """Keep the status."""

    def record_exception(
        self,
        exception: BaseException,
        attributes: Mapping[str, Any] | None = None,
        timestamp: int | None = None,
        escaped: bool = False,  # noqa: FBT001, FBT002 -- OpenTelemetry's signature
    ) -> None:
        self._span.record_exception(exception, attributes, timestamp, escaped)

    def end(self, end_time: int | None = None) -> None:
        """Leave the end to its owner."""
