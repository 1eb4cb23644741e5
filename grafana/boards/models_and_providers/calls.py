"""PromQL about model calls, by OpenTelemetry's names: agents that only speak OTLP have them too."""

from grafana import promql
from prometheus.conditions.providers import RATE_LIMITED

#: An agent's runs and tool calls may be measured by the same histogram.
CALLS = (
    'service=~"$service", gen_ai_provider_name=~"$provider", gen_ai_request_model=~"$model", '
    'gen_ai_operation_name!~"invoke_agent|create_agent|execute_tool"'
)
_DURATION = "gen_ai_client_operation_duration_seconds"
_FIRST_PIECE = "gen_ai_client_operation_time_to_first_chunk_seconds"
CHUNK = "gen_ai_client_operation_time_per_output_chunk_seconds"
TOKENS = "gen_ai_client_token_usage"
#: The same calls in the library's own metrics, which know retries, money and cached tokens.
OF_MODEL = promql.OF_MODEL
OF_PROVIDER = f'{promql.OF_MODEL}, provider=~"$provider"'
NO_CALLS = "no model calls"
_TOO_OFTEN = f'error_type=~"{RATE_LIMITED}"'
MODEL = "gen_ai_request_model"
PROVIDER = "gen_ai_provider_name"


def _narrowed(errors: str) -> str:
    return f"{CALLS}, {errors}" if errors else CALLS


def rate(*by: str, errors: str = "", window: str = "$__rate_interval") -> str:
    """Return model calls a second, by labels; `errors` is a selector of ``error_type``."""
    return promql.per_second(f"{_DURATION}_count", _narrowed(errors), *by, window=window)


def failed(*by: str, window: str = "$__rate_interval") -> str:
    """Return the share of the calls that failed."""
    return promql.ratio(rate(*by, errors='error_type!=""', window=window), rate(*by, window=window))


def rate_limited(*by: str) -> str:
    """Return the calls of 5 minutes that a provider refused as too many, 0 for none."""
    grouped = f"sum by ({', '.join(by)})"
    refused = f"{grouped} (increase({_DURATION}_count{{{CALLS}, {_TOO_OFTEN}}}[5m]))"
    return f"{refused} or {grouped} (increase({_DURATION}_count{{{CALLS}}}[5m])) * 0"


def duration(share: float, *by: str, window: str = "$__rate_interval") -> str:
    """Return a quantile of how long calls take, to their last token."""
    return promql.quantile(share, _DURATION, CALLS, *by, window=window)


def first_token(share: float, *by: str, window: str = "$__rate_interval") -> str:
    """Return a quantile of the time to the first piece of a streamed answer."""
    return promql.quantile(share, _FIRST_PIECE, CALLS, *by, window=window)


def tokens(*by: str, window: str = "$__rate_interval", of: str = "") -> str:
    """Return tokens a second; `of` narrows them to ``input`` or ``output``."""
    selector = f'{CALLS}, gen_ai_token_type="{of}"' if of else CALLS
    return promql.per_second(f"{TOKENS}_sum", selector, *by, window=window)


def output_per_second(*by: str) -> str:
    """Return output tokens for each second that calls took, streamed or not."""
    seconds = promql.per_second(f"{_DURATION}_sum", CALLS, *by, window="$__rate_interval")
    return f"{tokens(*by, of='output')} / ({seconds} > 0)"


def cost_per_call(*by: str, window: str) -> str:
    """Return USD of one successful call, mean over a window."""
    answered = promql.per_second(
        "ai_model_calls_total", f'{OF_MODEL}, status="success"', *by, window=window
    )
    cost = promql.per_second("agent_api_cost_usd_total", OF_MODEL, *by, window=window)
    return f"{cost} / ({answered} > 0)"


def cache_share(*by: str, window: str) -> str:
    """Return the share of the input that the provider had in its cache."""
    cached, whole = (
        promql.per_second("agent_tokens_total", f'{OF_PROVIDER}, kind="{kind}"', *by, window=window)
        for kind in ("cache_read", "input")
    )
    return promql.ratio(cached, whole)
