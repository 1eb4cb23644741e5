"""A streamed answer of a model: when its pieces came, how fast, and how it ended.

Source: semantic-conventions v1.41, ``gen_ai.client.operation.time_to_first_chunk`` and
``gen_ai.client.operation.time_per_output_chunk`` (one record for each piece after the first).
"""

import asyncio
import time

from opentelemetry.trace import Span

from agent_telemetry.asgi.departures import DEPARTURES, Abandoned
from agent_telemetry.metrics.metrics import Metrics
from agent_telemetry.operations.model_instruments import Labels
from agent_telemetry.prices.pricing import Usage
from agent_telemetry.semconv import (
    REQUEST_STREAM,
    RESPONSE_TIME_TO_FIRST_CHUNK,
    STREAM_OUTCOME,
)

#: Web servers' own words for "the client hung up"; they are not among our dependencies.
_HUNG_UP = frozenset({"ClientDisconnect", "ClientDisconnected"})


class ModelStream:
    """The pieces of one streamed answer.

    Args:
        metrics: where the families are.
        span: the call's.
        started: when the call began, by ``time.perf_counter``.
    """

    def __init__(self, metrics: Metrics, span: Span, started: float) -> None:
        self._metrics = metrics
        self._span = span
        self._started = started
        self._pieces = 0
        self._first_at = 0.0
        self._last_at = 0.0
        self._tokens = 0
        self._first_tokens: int | None = None
        self._all_told = True

    def piece(self, tokens: int | None, labels: Labels) -> None:
        """Take one piece.

        Args:
            tokens: how many it has, if that is known.
            labels: OpenTelemetry's common labels of the call.
        """
        now = time.perf_counter()
        if self._pieces == 0:
            self._first_at = now
            self._first_tokens = tokens
            family = self._metrics.family("gen_ai_client_operation_time_to_first_chunk_seconds")
            family.child(*labels).observe(now - self._started, self._span)
            self._span.set_attribute(RESPONSE_TIME_TO_FIRST_CHUNK, now - self._started)
            self._span.set_attribute(REQUEST_STREAM, True)  # noqa: FBT003 -- an attribute's value
        else:
            family = self._metrics.family("gen_ai_client_operation_time_per_output_chunk_seconds")
            family.child(*labels).observe(now - self._last_at, self._span)
        self._last_at = now
        self._pieces += 1
        self._tokens += tokens or 0
        self._all_told = self._all_told and tokens is not None

    @property
    def last_sign_of_life(self) -> float:
        """When the last piece came (or the call began), by ``time.perf_counter``."""
        return self._last_at if self._pieces else self._started

    def tokens_per_second(self, usage: Usage | None) -> float | None:
        """Return the speed after the first piece; None when there are too few pieces to tell.

        The provider's number counts, without reasoning, which comes before the first piece; else
        the tokens of the pieces. Where those are not known, all pieces are taken as equally long.
        """
        seconds = self._last_at - self._first_at
        if usage is not None:
            tokens = usage.output - usage.reasoning
        elif self._all_told:
            tokens = self._tokens
        else:
            return None
        known = self._first_tokens
        first = known if known is not None else tokens / max(1, self._pieces)
        return (tokens - first) / seconds if seconds > 0 and tokens > first else None

    def ended(self, outcome: str, provider: str, model: str, usage: Usage | None) -> None:
        """Write the metrics of the end."""
        metrics = self._metrics
        self._span.set_attribute(STREAM_OUTCOME, outcome)
        metrics.family("agent_stream_outcome_total").child(provider, outcome).inc()
        speed = self.tokens_per_second(usage)
        if speed is not None:
            metrics.family("agent_output_tokens_per_second").child(provider, model).observe(
                speed, self._span
            )


def outcome_of(error: BaseException | None, *, failed: bool) -> str:
    """Return how a stream ended.

    Args:
        error: what ended it.
        failed: whether the call was marked as failed.

    Returns:
        ``completed``, ``aborted`` (the caller left), ``error``, or ``abandoned`` (thrown away).
    """
    if isinstance(error, Abandoned):
        return "abandoned"
    if isinstance(error, (*DEPARTURES, asyncio.CancelledError)) or type(error).__name__ in _HUNG_UP:
        return "aborted"
    return "error" if failed or error is not None else "completed"
