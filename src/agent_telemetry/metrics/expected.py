"""OpenTelemetry's families at 0 for what is known to come.

Their labels belong together (a model has one provider and answers under its own name), so that not
every combination of known values is a series to come.
"""

from collections.abc import Iterable

from agent_telemetry.metrics.metrics import Metrics
from agent_telemetry.operations.kinds import EMBEDDING, LLM
from agent_telemetry.operations.model_instruments import Labels
from agent_telemetry.prices.pricing import PriceTable

_NO_ERROR = ""
_TOKEN_TYPES = ("input", "output")


def expect_models(
    metrics: Metrics, prices: PriceTable, models: Iterable[str], providers: Iterable[str]
) -> None:
    """Prepare the families of model calls.

    Args:
        metrics: where the families are.
        prices: names the provider of a model when none is given.
        models: the models to be asked.
        providers: who runs them, each of them.
    """
    given = list(providers)
    for model in models:
        price = prices.find(model)
        for provider in given or ([price.provider] if price is not None else []):
            makes_text = price is None or price.output > 0 or price.input == 0
            kind = LLM if makes_text else EMBEDDING
            labels = (kind.genai_operation, provider, model, model)
            _expect_model(metrics, labels, streams=makes_text)


def _expect_model(metrics: Metrics, labels: Labels, *, streams: bool) -> None:
    _, provider, model, _ = labels
    metrics.family("gen_ai_client_operation_duration_seconds").child(*labels, _NO_ERROR)
    for kind in _TOKEN_TYPES:
        metrics.family("gen_ai_client_token_usage").child(*labels, kind)
    metrics.family("agent_tokens_total").child(provider, model, "input")
    if streams:
        metrics.family("gen_ai_client_operation_time_to_first_chunk_seconds").child(*labels)
        metrics.family("gen_ai_client_operation_time_per_output_chunk_seconds").child(*labels)
        metrics.family("agent_output_tokens_per_second").child(provider, model)
        metrics.family("agent_stream_outcome_total").child(provider, "completed")


def expect_agents(metrics: Metrics, names: Iterable[str]) -> None:
    """Prepare the families of agents, by the names given to ``stack.agent``."""
    for name in names:
        metrics.family("gen_ai_invoke_agent_duration_seconds").child(name, _NO_ERROR)
        metrics.family("gen_ai_invoke_agent_inference_calls").child(name)
        metrics.family("gen_ai_invoke_agent_tool_calls").child(name)


def expect_tools(metrics: Metrics, names: Iterable[str]) -> None:
    """Prepare the family of tool calls."""
    for name in names:
        metrics.family("gen_ai_execute_tool_duration_seconds").child(name, _NO_ERROR)
