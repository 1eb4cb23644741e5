"""The rows of the "Agent Performance Monitor" that say where the verdict comes from."""

from grafana_foundation_sdk.builders import dashboard as db

from grafana.panel_kinds import Query, Words, graph, log_lines
from grafana.performance_queries import ID, OF_TENANT, SERVICE, hit_ratio


def with_money(dashboard: db.Dashboard) -> db.Dashboard:
    """Add the row about cost, tokens and model calls."""
    cost = f"service_tenant_model:agent_api_cost_usd:increase1h{{{OF_TENANT}}}"
    model_p95 = (
        "histogram_quantile(0.95, sum by (le, model) "
        f"(rate(ai_model_duration_seconds_bucket{{{SERVICE}}}[5m])))"
    )
    return (
        dashboard.with_row(db.Row("Money and models").id(103))
        .with_panel(
            graph(
                ID["cost_by_model"],
                Words(
                    "Cost of the last hour by model",
                    "What was spent in the hour before each point. HighAPICost pages when the sum "
                    "is above 10 USD.",
                    "no model calls",
                ),
                (Query(f"sum by (model) ({cost})", "{{model}}"),),
                "currencyUSD",
                stacked=True,
            )
        )
        .with_panel(
            graph(
                ID["cost_by_tenant"],
                Words(
                    "Cost of the last hour by tenant",
                    "Who pays for it, or makes you pay.",
                    "no model calls",
                ),
                (Query(f"sum by (tenant_id) ({cost})", "{{tenant_id}}"),),
                "currencyUSD",
                stacked=True,
            )
        )
        .with_panel(
            graph(
                ID["tokens"],
                Words(
                    "Tokens of the last hour",
                    "Prompt and completion tokens of all tenants, as the provider counts them.",
                    "no model calls",
                ),
                (
                    Query(
                        f"sum by (type) (increase(ai_tokens_used_total{{{SERVICE}}}[1h]))",
                        "{{type}}",
                    ),
                ),
                "short",
            )
        )
        .with_panel(
            graph(
                ID["model_latency"],
                Words(
                    "P95 of model calls",
                    "Time of one call of each model over 5 m, all tenants. Dots lead to traces.",
                    "no model calls",
                ),
                (Query(model_p95, "{{model}}", exemplars=True),),
                "s",
            )
        )
    )


def with_insides(dashboard: db.Dashboard) -> db.Dashboard:
    """Add the row about tools, cache, pool and errors."""
    tool_p95 = (
        "histogram_quantile(0.95, sum by (le, tool_name) "
        f"(rate(agent_tool_call_latency_seconds_bucket{{{SERVICE}}}[5m])))"
    )
    errors = f"sum by (error_type) (rate(agent_errors_total{{{OF_TENANT}}}[5m]))"
    return (
        dashboard.with_row(db.Row("Tools, cache and pool").id(104))
        .with_panel(
            graph(
                ID["tool_failures"],
                Words(
                    "Failed tool calls in 5 m",
                    "APICallFailures alerts when one tool is above the line.",
                    "no tool calls",
                ),
                (
                    Query(
                        "sum by (tool_name) "
                        f"(service_tool:agent_tool_calls_failed:increase5m{{{SERVICE}}})",
                        "{{tool_name}}",
                    ),
                ),
                "short",
                limit=10,
            )
        )
        .with_panel(
            graph(
                ID["tool_latency"],
                Words("P95 of tool calls", "Time of one call over 5 m.", "no tool calls"),
                (Query(tool_p95, "{{tool_name}}", exemplars=True),),
                "s",
            )
        )
        .with_panel(
            graph(
                ID["cache_by_tenant"],
                Words("Cache hit rate by tenant", "Over 5 m. Good: above 70 %.", "no look-ups"),
                (Query(hit_ratio("tenant_id"), "{{tenant_id}}"),),
                "percentunit",
            ).max(1)
        )
        .with_panel(
            graph(
                ID["pool"],
                Words(
                    "Agent pool",
                    "Busy and live agents below their maximum. Waiting chats mean that it is full.",
                    "no pool",
                ),
                (
                    Query(f"sum(agent_active_count{{{SERVICE}}})", "busy"),
                    Query(f"sum(agent_pool_size{{{SERVICE}}})", "live"),
                    Query(f"sum(agent_pool_max_size{{{SERVICE}}})", "maximum"),
                    Query(f"sum(agent_queue_length{{{SERVICE}}})", "waiting chats"),
                ),
                "short",
            )
        )
        .with_panel(
            graph(
                ID["errors_by_type"],
                Words(
                    "Errors by type",
                    "Exception class or the provider's code, a second over 5 m.",
                    "no errors yet",
                ),
                (Query(errors, "{{error_type}}"),),
                "cps",
            ).span(24)
        )
    )


def with_telemetry(dashboard: db.Dashboard) -> db.Dashboard:
    """Add the row of log lines and of what the telemetry lost."""
    return (
        dashboard.with_row(db.Row("Log lines and the telemetry itself").id(105))
        .with_panel(
            log_lines(
                ID["logs"],
                Words(
                    "Warnings and errors",
                    "Open a line and follow trace_id to its trace.",
                    "none in this time",
                ),
                '{service_name=~"$service", level=~"WARN|ERROR|FATAL"}',
            )
        )
        .with_panel(
            graph(
                ID["telemetry_dropped"],
                Words(
                    "Telemetry given up in 5 m",
                    "Spans and log records that were lost, by reason. Good: 0.",
                    "no telemetry",
                ),
                (
                    Query(
                        "sum by (signal, reason) (increase("
                        f'telemetry_dropped_total{{{SERVICE}, reason!="sampled"}}[5m]))',
                        "{{signal}}, {{reason}}",
                    ),
                ),
                "short",
            )
        )
        .with_panel(
            graph(
                ID["telemetry_queue"],
                Words(
                    "Telemetry that waits",
                    "Records in the agent's export queues. It grows while the collector is away.",
                    "no telemetry",
                ),
                (
                    Query(
                        f"sum by (signal) (telemetry_queue_depth{{{SERVICE}}})",
                        "{{signal}}",
                    ),
                ),
                "short",
            )
        )
    )
