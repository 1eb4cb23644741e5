"""Families about tools."""

from agent_telemetry.metrics.family import Family
from agent_telemetry.semconv import DURATION_BUCKETS

TOOLS = (
    Family("tool_calls_total", "counter", "Tool calls (guide B's name)."),
    Family("tool_errors_total", "counter", "Failed tool calls (guide B's name)."),
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
