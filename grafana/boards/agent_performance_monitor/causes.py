"""The rows that say where the verdict comes from."""

from grafana import promql
from grafana.alert_limits import GOOD_HIT_RATIO, limit, percent
from grafana.board import Row
from grafana.boards.agent_performance_monitor.verdict import ID, TENANT
from grafana.links import label, to_dashboard, to_log_lines
from grafana.panel_kinds import Query, Words, graph, log_lines
from grafana.promql import COST_OF_THE_HOUR, OF_TENANT, SERVICE

_ERRORS_OF_TYPE = to_log_lines(
    "Log lines of this error",
    f'{{service_name=~"${{service:regex}}"}} | error_type="{label("error_type")}"',
)


def money() -> Row:
    """Return the row about cost, tokens and model calls."""
    cost = f"{COST_OF_THE_HOUR}{{{OF_TENANT}}}"
    keep = ("service", "tenant")
    return Row(
        "Money and models",
        (
            graph(
                ID["cost_by_model"],
                Words(
                    "Cost of the last hour by model",
                    "What was spent in the hour before each point. HighAPICost pages when the sum "
                    f"is above {limit('HighAPICost/cost'):g} USD.",
                    "no model calls",
                ),
                (Query(f"sum by (model) ({cost})", "{{model}}"),),
                "currencyUSD",
                stacked=True,
                limit=limit("HighAPICost/cost"),
                links=(
                    to_dashboard("Cost of this model", "cost", keep=keep, model=label("model")),
                ),
            ),
            graph(
                ID["cost_by_tenant"],
                Words(
                    "Cost of the last hour by tenant",
                    "Who pays for it, or makes you pay: what was spent in the hour before each "
                    "point.",
                    "no model calls",
                ),
                (Query(f"sum by (tenant_id) ({cost})", "{{tenant_id}}"),),
                "currencyUSD",
                stacked=True,
                links=(TENANT,),
            ),
            graph(
                ID["tokens"],
                Words(
                    "Tokens of the last hour",
                    "Prompt and completion tokens of all tenants, as the provider counts them. "
                    "HighTokenUsage tells of one model above "
                    f"{limit('HighTokenUsage/model'):g} a second.",
                    "no model calls",
                ),
                (
                    Query(
                        f"sum by (type) (increase(ai_tokens_used_total{{{SERVICE}}}[1h]))",
                        "{{type}}",
                    ),
                ),
                "short",
            ),
            graph(
                ID["model_latency"],
                Words(
                    "P95 of model calls",
                    "Time of one call of each model over 5 m, all tenants. Dots lead to traces.",
                    "no model calls",
                ),
                (
                    Query(
                        promql.quantile(0.95, "ai_model_duration_seconds", SERVICE, "model"),
                        "{{model}}",
                        exemplars=True,
                    ),
                ),
                "s",
            ),
        ),
    )


def insides() -> Row:
    """Return the row about tools, cache, pool and errors."""
    tool_p95 = promql.quantile(0.95, "agent_tool_call_latency_seconds", SERVICE, "tool_name")
    failed = f"service_tool:agent_tool_calls_failed:increase5m{{{SERVICE}}}"
    return Row(
        "Tools, cache and pool",
        (
            graph(
                ID["tool_failures"],
                Words(
                    "Failed tool calls in 5 m",
                    "Good: 0. APICallFailures alerts when one tool is above the line.",
                    "no tool calls",
                ),
                (Query(f"sum by (tool_name) ({failed})", "{{tool_name}}"),),
                "short",
                limit=limit("APICallFailures/tool"),
            ),
            graph(
                ID["tool_latency"],
                Words(
                    "P95 of tool calls",
                    "Time of one call of each tool over 5 m. Dots lead to traces.",
                    "no tool calls",
                ),
                (Query(tool_p95, "{{tool_name}}", exemplars=True),),
                "s",
            ),
            graph(
                ID["cache_by_tenant"],
                Words(
                    "Cache hit rate by tenant",
                    f"Over 5 m. Good: above {percent(GOOD_HIT_RATIO)}. The line is the limit of "
                    "LowCacheHitRate, which watches all tenants together.",
                    "no look-ups",
                ),
                (Query(promql.hit_ratio("tenant_id"), "{{tenant_id}}"),),
                "percentunit",
                floor=limit("LowCacheHitRate/cache"),
                links=(TENANT,),
            ).max(1),
            graph(
                ID["pool"],
                Words(
                    "Agent pool",
                    "Busy and live agents below their maximum. Good: nobody waits; waiting chats "
                    "mean that it is full.",
                    "no pool",
                ),
                (
                    Query(f"sum(agent_active_count{{{SERVICE}}})", "busy"),
                    Query(f"sum(agent_pool_size{{{SERVICE}}})", "live"),
                    Query(f"sum(agent_pool_max_size{{{SERVICE}}})", "maximum"),
                    Query(f"sum(agent_queue_length{{{SERVICE}}})", "waiting chats"),
                ),
                "short",
            ),
            graph(
                ID["errors_by_type"],
                Words(
                    "Errors by type",
                    "Exception class or the provider's code, a second over 5 m. Click one for its "
                    "log lines.",
                    "no errors yet",
                ),
                (
                    Query(
                        promql.per_second("agent_errors_total", OF_TENANT, "error_type"),
                        "{{error_type}}",
                    ),
                ),
                "suffix:/s",
                links=(_ERRORS_OF_TYPE,),
            ).span(24),
        ),
    )


def telemetry() -> Row:
    """Return the row of log lines and of what the telemetry lost."""
    lost = f'telemetry_dropped_total{{{SERVICE}, reason!="sampled"}}'
    return Row(
        "Log lines and the telemetry itself",
        (
            log_lines(
                ID["logs"],
                Words(
                    "Warnings and errors",
                    "Open a line and follow trace_id to its trace.",
                    "none in this time",
                ),
                '{service_name=~"$service", level=~"WARN|ERROR|FATAL"}',
            ),
            graph(
                ID["telemetry_dropped"],
                Words(
                    "Telemetry given up in 5 m",
                    "Spans and log records that were lost, by reason. Good: 0.",
                    "no telemetry",
                ),
                (
                    Query(
                        f"sum by (signal, reason) (increase({lost}[5m]))", "{{signal}}, {{reason}}"
                    ),
                ),
                "short",
            ),
            graph(
                ID["telemetry_queue"],
                Words(
                    "Telemetry that waits",
                    "Records in the agent's export queues. It grows while the collector is away.",
                    "no telemetry",
                ),
                (Query(f"sum by (signal) (telemetry_queue_depth{{{SERVICE}}})", "{{signal}}"),),
                "short",
            ),
        ),
    )
