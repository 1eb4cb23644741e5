"""Families about model calls: time, tokens, cost."""

from agent_telemetry.catalogue.agents import MILLISECOND_BUCKETS
from agent_telemetry.metrics.family import Family
from agent_telemetry.semconv import DURATION_BUCKETS, TOKEN_BUCKETS

#: OpenTelemetry's common labels of a model call.
GENAI = (
    "gen_ai_operation_name",
    "gen_ai_provider_name",
    "gen_ai_request_model",
    "gen_ai_response_model",
)

MODELS = (
    Family(
        "agent_api_cost_usd_total", "counter", "Money spent on model calls.",
        ("model", "tenant_id"), "USD",
    ),
    Family(
        "agent_unpriced_calls_total", "counter",
        "Model calls whose model has no known price; they are in no cost.", ("model",),
    ),
    Family(
        "agent_usage_missing_total", "counter", "Successful model calls without token usage.",
        ("model",),
    ),
    Family(
        "agent_token_usage", "histogram", "Tokens of one model call.", ("type",), "tokens",
        (100, 500, 1000, 5000, 10000, 50000), closed={"type": ("input", "output")},
    ),
    Family(
        "ai_model_calls_total", "counter", "Model calls by outcome.", ("model", "status"),
        closed={"status": ("success", "error")},
    ),
    Family(
        "ai_model_duration_seconds", "histogram", "Time of one model call.", ("model",),
        "seconds", (0.5, 1, 2, 5, 10, 30),
    ),
    Family(
        "ai_tokens_used_total", "counter", "Tokens used.", ("model", "type"), "tokens",
        closed={"type": ("prompt", "completion")},
    ),
    Family(
        "gen_ai_client_operation_duration_seconds", "histogram",
        "OpenTelemetry: time of one model call.", (*GENAI, "error_type"), "seconds",
        DURATION_BUCKETS,
    ),
    Family(
        "gen_ai_client_token_usage", "histogram", "OpenTelemetry: tokens of one model call.",
        (*GENAI, "gen_ai_token_type"), "tokens", TOKEN_BUCKETS,
        closed={"gen_ai_token_type": ("input", "output")},
    ),
    Family(
        "gen_ai_client_operation_time_to_first_chunk_seconds", "histogram",
        "OpenTelemetry: time to the first piece of a streamed answer.", GENAI, "seconds",
        DURATION_BUCKETS,
    ),
    Family(
        "gen_ai_client_operation_time_per_output_chunk_seconds", "histogram",
        "OpenTelemetry: time from one piece of a streamed answer to the next.", GENAI, "seconds",
        DURATION_BUCKETS,
    ),
    Family(
        "agent_output_tokens_per_second", "histogram",
        "Tokens a second of a streamed answer after its first piece.", ("provider", "model"),
        "tokens/s", (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000),
    ),
    Family(
        "agent_stream_outcome_total", "counter", "How streamed answers ended.",
        ("provider", "outcome"),
        closed={"outcome": ("completed", "aborted", "error", "abandoned")},
    ),
    Family(
        "agent_tokens_total", "counter",
        "Tokens by kind; cache_read and cache_write are part of input, reasoning of output.",
        ("provider", "model", "kind"), "tokens",
        closed={"kind": ("input", "output", "cache_read", "cache_write", "reasoning")},
    ),
    Family(
        "llm_latency_ms", "histogram", "Time of one call of a language model (guide B's name).", (),
        "milliseconds", MILLISECOND_BUCKETS,
    ),
    Family(
        "agent_model_retries_total", "counter", "Model calls made again after a failure.",
        ("model", "reason"),
    ),
    Family(
        "agent_model_fallbacks_total", "counter", "Model calls that went to another model.",
        ("model", "reason"),
    ),
    Family(
        "agent_rate_limit_wait_seconds_total", "counter",
        "Time waited because a provider limited the rate.", ("model",), "seconds",
    ),
)  # fmt: skip
