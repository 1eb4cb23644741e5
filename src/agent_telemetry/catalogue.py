"""The one catalogue of metric names; documents, rules and dashboards are checked against it."""

from agent_telemetry.metric_family import Family
from agent_telemetry.semconv import AGENT_BUCKETS, DURATION_BUCKETS, TOKEN_BUCKETS

REQUEST_STATUS = ("success", "client_error", "rejected", "error")
_GENAI = (
    "gen_ai_operation_name",
    "gen_ai_provider_name",
    "gen_ai_request_model",
    "gen_ai_response_model",
)

_AGENT = (
    Family("agent_created_total", "counter", "Agents created in the pool."),
    Family("agent_active_count", "gauge", "Agents that are busy with a chat."),
    Family("active_agents", "gauge", "Agents that are busy with a chat (guide B's name)."),
    Family("agent_pool_size", "gauge", "Live agents in the pool."),
    Family("agent_pool_max_size", "gauge", "Most agents that the pool may hold."),
    Family("agent_queue_length", "gauge", "Chats that wait for a free agent."),
    Family(
        "agent_chat_latency_seconds", "histogram", "Time of one chat with everything in it.",
        ("agent_id", "template_id"), "seconds", (0.1, 0.5, 1, 2, 5, 10, 30),
    ),
    Family(
        "agent_errors_total", "counter", "Errors by exception class or provider code.",
        ("error_type", "agent_id", "tenant_id"),
    ),
    Family(
        "agent_operation_duration_seconds", "summary",
        "Time of each step; a summary of this client has no quantiles.", ("operation",), "seconds",
    ),
    Family("active_sessions", "gauge", "Sessions that have not expired."),
    Family(
        "agent_user_actions_total", "counter", "What users did, such as feedback.",
        ("action",),
    ),
)  # fmt: skip

_TOOLS = (
    Family(
        "agent_tool_calls_total", "counter", "Tool calls by outcome.", ("tool_name", "status"),
        closed={"status": ("success", "failed")},
    ),
    Family(
        "agent_tool_call_latency_seconds", "histogram", "Time of one tool call.", ("tool_name",),
        "seconds", (0.01, 0.05, 0.1, 0.5, 1, 2, 5, 10, 30),
    ),
    Family(
        "gen_ai_execute_tool_duration_seconds", "histogram",
        "OpenTelemetry: time of one tool call.", ("gen_ai_tool_name", "error_type"), "seconds",
        DURATION_BUCKETS,
    ),
)  # fmt: skip

_REQUESTS = (
    Family(
        "agent_requests_total", "counter",
        "Requests to the agent; error = 5xx or time-out, rejected = 429.",
        ("method", "endpoint", "status", "tenant_id"), closed={"status": REQUEST_STATUS},
    ),
    Family(
        "agent_request_duration_seconds", "histogram", "Time of one request to its last byte.",
        ("method", "endpoint", "tenant_id"), "seconds", (0.1, 0.25, 0.5, 1, 2, 2.5, 5, 10),
    ),
    Family("agent_active_connections", "gauge", "Requests in flight."),
    Family(
        "agent_cache_requests_total", "counter", "Cache look-ups.",
        ("cache_type", "tenant_id", "result"), closed={"result": ("hit", "miss")},
    ),
    Family(
        "http_requests_total", "counter", "HTTP requests by status code.",
        ("method", "endpoint", "status"),
    ),
    Family(
        "http_request_duration_seconds", "histogram", "Time of one HTTP request.",
        ("method", "endpoint"), "seconds", (0.1, 0.5, 1, 2, 5, 10),
    ),
    Family(
        "errors_total", "counter", "Exceptions that left a request handler.",
        ("error_type", "endpoint"),
    ),
)  # fmt: skip

_MODELS = (
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
        "OpenTelemetry: time of one model call.", (*_GENAI, "error_type"), "seconds",
        DURATION_BUCKETS,
    ),
    Family(
        "gen_ai_client_token_usage", "histogram", "OpenTelemetry: tokens of one model call.",
        (*_GENAI, "gen_ai_token_type"), "tokens", TOKEN_BUCKETS,
        closed={"gen_ai_token_type": ("input", "output")},
    ),
    Family(
        "gen_ai_invoke_agent_duration_seconds", "histogram", "OpenTelemetry: time of one run.",
        ("gen_ai_agent_name", "error_type"), "seconds", AGENT_BUCKETS,
    ),
)  # fmt: skip

_TELEMETRY = (
    Family(
        "telemetry_dropped_total", "counter", "Telemetry that was given up, by reason.",
        ("signal", "reason"),
        closed={
            "signal": ("traces", "logs"),
            "reason": ("queue_full", "rejected", "shutdown", "write_failed"),
        },
    ),
    Family(
        "telemetry_exported_total", "counter", "Telemetry that a backend took.", ("signal",),
        closed={"signal": ("traces",)},
    ),
    Family(
        "telemetry_export_failures_total", "counter", "Exports that failed and are tried again.",
        ("signal",), closed={"signal": ("traces",)},
    ),
    Family("telemetry_spans_ended_total", "counter", "Sampled spans that ended."),
    Family("telemetry_queue_depth", "gauge", "Records that wait for export.", ("signal",)),
    Family("telemetry_queue_capacity", "gauge", "Most records that may wait.", ("signal",)),
    Family(
        "telemetry_last_export_timestamp_seconds", "gauge", "When a backend last took telemetry.",
        ("signal",), "seconds since 1970",
    ),
    Family("telemetry_faults_total", "counter", "Faults of the library, swallowed.", ("where",)),
    Family(
        "telemetry_label_overflow_total", "counter",
        "Label values that fell into `other` because their label was full.", ("label",),
    ),
)  # fmt: skip

#: Every family by its name.
FAMILIES = {
    family.name: family
    for layer in (_AGENT, _TOOLS, _REQUESTS, _MODELS, _TELEMETRY)
    for family in layer
}
