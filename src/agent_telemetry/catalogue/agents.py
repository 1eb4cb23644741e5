"""Families about agents: pool, runs, sessions."""

from agent_telemetry.metrics.family import Family
from agent_telemetry.semconv import AGENT_BUCKETS, CALL_BUCKETS

#: Guide B's buckets, in milliseconds.
MILLISECOND_BUCKETS = (1, 5, 10, 25, 50, 100, 250, 500, 1000, 5000, 10000)

AGENTS = (
    Family("agent_created_total", "counter", "Agents created in the pool."),
    Family("agent_active_count", "gauge", "Agents that are busy with a chat."),
    Family("active_agents", "gauge", "Agents that are busy with a chat (guide B's name)."),
    Family("agent_invocations_total", "counter", "Runs of agents (guide B's name)."),
    Family("agent_pool_size", "gauge", "Live agents in the pool."),
    Family("agent_pool_max_size", "gauge", "Most agents that the pool may hold."),
    Family("agent_queue_length", "gauge", "Chats that wait for a free agent."),
    Family(
        "agent_chat_latency_seconds", "histogram", "Time of one chat with everything in it.",
        ("agent_id", "template_id"), "seconds", (0.1, 0.5, 1, 2, 5, 10, 30),
    ),
    Family(
        "agent_latency_ms", "histogram", "Time of one run of an agent (guide B's name).", (),
        "milliseconds", MILLISECOND_BUCKETS,
    ),
    Family(
        "agent_success_rate", "gauge",
        "Share of runs in the last 5 minutes that ended by the model's normal stop, 0 to 1.",
        ("template_id",), "ratio", scraped=True,
    ),
    Family(
        "agent_avg_response_time_seconds", "gauge",
        "Average time of the runs of the last 5 minutes.",
        ("template_id",), "seconds", scraped=True,
    ),
    Family(
        "gen_ai_invoke_agent_duration_seconds", "histogram", "OpenTelemetry: time of one run.",
        ("gen_ai_agent_name", "error_type"), "seconds", AGENT_BUCKETS,
    ),
    Family(
        "gen_ai_invoke_agent_inference_calls", "histogram",
        "OpenTelemetry: model calls of one run.",
        ("gen_ai_agent_name",), "calls", CALL_BUCKETS,
    ),
    Family(
        "gen_ai_invoke_agent_tool_calls", "histogram", "OpenTelemetry: tool calls of one run.",
        ("gen_ai_agent_name",), "calls", CALL_BUCKETS,
    ),
    Family(
        "agent_run_cost_usd", "histogram", "Money spent on the model calls of one run.",
        ("template_id", "status"), "USD",
        (0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 100),
        closed={"status": ("ok", "error", "timeout")},
    ),
    Family(
        "agent_loop_suspected_total", "counter",
        "Runs that look like a loop: the same tool called again with the same arguments, or more "
        "calls than a run should need.", ("template_id", "rule"),
        closed={"rule": ("repeated_call", "many_calls")},
    ),
    Family(
        "agent_queue_wait_seconds", "histogram", "Wait of one chat for a free agent.",
        ("template_id",), "seconds", (0.01, 0.05, 0.1, 0.5, 1, 2, 5, 10, 30, 60),
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
)  # fmt: skip
