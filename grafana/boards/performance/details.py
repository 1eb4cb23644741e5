"""Where the time goes: endpoints, templates, steps, tools, models; and what is usual."""

from grafana import promql
from grafana.alert_limits import limit
from grafana.board import Row
from grafana.boards.performance.requests import ID, SLOW
from grafana.links import to_dashboard
from grafana.panel_kinds import Column, Query, TraceQuery, Words, graph, table
from grafana.promql import NO_TRAFFIC, OF_TENANT, SERVICE

_WINDOW = "$__rate_interval"


def details() -> Row:
    """Return the row of details."""
    steps = promql.per_second(
        "agent_operation_duration_seconds_sum", SERVICE, "operation", window=_WINDOW
    )
    return Row(
        "Where is the time?",
        (
            graph(
                ID["by_endpoint"],
                Words(
                    "P95 by endpoint",
                    "Response time of each route. Good: below the line.",
                    NO_TRAFFIC,
                ),
                (
                    Query(
                        promql.quantile(
                            0.95,
                            "agent_request_duration_seconds",
                            OF_TENANT,
                            "endpoint",
                            window=_WINDOW,
                        ),
                        "{{endpoint}}",
                        exemplars=True,
                    ),
                ),
                "s",
                limit=SLOW,
            ).span(8),
            graph(
                ID["by_template"],
                Words(
                    "P95 of chats by template",
                    "Time of a chat over 5 m. SlowResponse warns above the line.",
                    "no chats",
                ),
                (
                    Query(
                        f"service_template:agent_chat_latency_seconds:p95_rate5m{{{SERVICE}}}",
                        "{{template_id}}",
                    ),
                ),
                "s",
                limit=limit("SlowResponse/chat"),
                links=(to_dashboard("Its agents", "agent-sdk-monitoring"),),
            ).span(8),
            graph(
                ID["where_time_goes"],
                Words(
                    "Time by step",
                    "Seconds that each step of a chat takes in a second of the service. Good: the "
                    "model's share is the largest.",
                    "no chats",
                ),
                (Query(steps, "{{operation}}"),),
                "s",
                stacked=True,
                links=(to_dashboard("Every stage", "pipeline-stages"),),
            ).span(8),
            graph(
                ID["tool_p95"],
                Words("P95 by tool", "Time of one call. Dots lead to traces.", "no tool calls"),
                (
                    Query(
                        promql.quantile(
                            0.95,
                            "agent_tool_call_latency_seconds",
                            SERVICE,
                            "tool_name",
                            window=_WINDOW,
                        ),
                        "{{tool_name}}",
                        exemplars=True,
                    ),
                ),
                "s",
                links=(to_dashboard("Agents and tools", "agents-and-tools"),),
            ).span(8),
            graph(
                ID["model_p95"],
                Words("P95 by model", "Time of one call. Dots lead to traces.", "no model calls"),
                (
                    Query(
                        promql.quantile(
                            0.95, "ai_model_duration_seconds", SERVICE, "model", window=_WINDOW
                        ),
                        "{{model}}",
                        exemplars=True,
                    ),
                ),
                "s",
                links=(to_dashboard("Models and providers", "models-and-providers"),),
            ).span(8),
            graph(
                ID["same_hour"],
                Words(
                    "Last hour against earlier days",
                    "Mean response time over 1 h, and the median of the same hour of the last "
                    "seven days. LatencyTrend warns where it is several times as much.",
                    NO_TRAFFIC,
                ),
                (
                    Query(
                        f"service:agent_request_duration_seconds:mean1h{{{SERVICE}}}",
                        "last hour {{service}}",
                    ),
                    Query(
                        f"service:agent_request_duration_seconds:median7d_mean1h{{{SERVICE}}}",
                        "earlier days {{service}}",
                    ),
                ),
                "s",
            ).span(8),
            table(
                ID["slow_traces"],
                Words(
                    "Slow traces",
                    "The latest traces with a request longer than the choice at the top, from "
                    "Jaeger; click one to open it. Good: few.",
                    "no trace is longer than the choice at the top",
                ),
                (TraceQuery(operation="POST /chat", longer_than="${slower_than}s"),),
                (Column("duration", "Duration", "µs"),),
            ),
        ),
        collapsed=True,
    )
