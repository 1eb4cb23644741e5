"""What the provider's SERVER span tells of a model call, in OpenTelemetry's GenAI names."""

from collections.abc import Iterable

from opentelemetry.trace import Span, Status, StatusCode

from agent_telemetry import semconv
from example_app.simulator.completion import Completion

FAULTS = "simulator.faults"
RESPONSE_ID = "gen_ai.response.id"
_NAME_LIMIT = 100
_TOO_MANY_REQUESTS = 429
_SERVER_ERROR = 500


def tell_request(span: Span, *, operation: str, provider: str, model: str) -> None:
    """What is asked, known before anything can fail.

    Args:
        span: The span of the request.
        operation: `chat` or `embeddings`.
        provider: `openai` or `anthropic`.
        model: The model as the caller wrote it.
    """
    span.set_attributes(
        {
            semconv.OPERATION_NAME: operation,
            semconv.PROVIDER_NAME: provider,
            semconv.REQUEST_MODEL: model[:_NAME_LIMIT],
        }
    )


def tell_faults(span: Span, names: Iterable[str]) -> None:
    """The faults that hit this call."""
    span.set_attribute(FAULTS, tuple(names))


def tell_answer(span: Span, completion: Completion, finish_reason: str) -> None:
    """The answer as a whole, with its tokens; `finish_reason` in the vendor's word."""
    usage = completion.usage
    span.set_attributes(
        {
            semconv.RESPONSE_MODEL: completion.model.snapshot,
            RESPONSE_ID: completion.completion_id,
            semconv.RESPONSE_FINISH_REASONS: (finish_reason,),
            semconv.USAGE_INPUT: usage.prompt,
            semconv.USAGE_OUTPUT: usage.completion,
            semconv.USAGE_CACHE_READ: usage.cached,
            semconv.USAGE_CACHE_WRITE: usage.cache_written,
            semconv.USAGE_REASONING: usage.reasoning,
        }
    )


def tell_cut(span: Span, completion: Completion) -> None:
    """An answer that broke off: it has a model, but neither an end nor a count of tokens."""
    span.set_attributes(
        {
            semconv.RESPONSE_MODEL: completion.model.snapshot,
            RESPONSE_ID: completion.completion_id,
            semconv.ERROR_TYPE: "connection_cut",
        }
    )
    span.set_status(Status(StatusCode.ERROR, "the connection was cut"))


def tell_vectors(span: Span, *, model: str, tokens: int) -> None:
    """The model that made embeddings and the tokens it read."""
    span.set_attributes({semconv.RESPONSE_MODEL: model, semconv.USAGE_INPUT: tokens})


def mark_failure(span: Span, status: int, error_type: str) -> None:
    """An error answer.

    429 and 5xx are the provider's failures and mark the span as such; other 4xx are the caller's
    mistakes and leave the status open, as OpenTelemetry's HTTP conventions want it for servers.
    """
    span.set_attribute(semconv.ERROR_TYPE, error_type)
    if status == _TOO_MANY_REQUESTS or status >= _SERVER_ERROR:
        span.set_status(Status(StatusCode.ERROR, error_type))
