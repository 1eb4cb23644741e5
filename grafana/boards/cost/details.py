"""What the money is spent on, and what is not in the sum."""

from grafana import promql
from grafana.alert_limits import limit, setting
from grafana.board import Row
from grafana.boards.cost.money import ID, NO_CALLS
from grafana.links import to_dashboard
from grafana.panel_kinds import Query, Words, graph
from grafana.promql import OF_MODEL, SERVICE

_WINDOW = "$__rate_interval"


def details() -> Row:
    """Return the row of details."""
    run_cost = tuple(
        Query(
            promql.quantile(share, "agent_run_cost_usd", SERVICE, window="1h"),
            f"P{share * 100:g}",
            exemplars=True,
        )
        for share in (0.5, 0.95, 0.99)
    )
    factor = setting("CostTrend/cost", "factor")
    return Row(
        "Templates, tokens, what is usual, what is not counted",
        (
            graph(
                ID["by_template"],
                Words(
                    "Cost by template and outcome",
                    "Money of the runs of 1 h, also of those that failed. Good: failed runs cost "
                    "next to nothing.",
                    NO_CALLS,
                ),
                (
                    Query(
                        "sum by (template_id, status) "
                        f"(increase(agent_run_cost_usd_sum{{{SERVICE}}}[1h]))",
                        "{{template_id}}, {{status}}",
                    ),
                ),
                "currencyUSD",
                stacked=True,
            ).span(8),
            graph(
                ID["run_cost"],
                Words(
                    "Cost of one run",
                    "P50, P95 and P99 over 1 h. A P99 far above the P50 is a loop or a dear model. "
                    "Dots lead to traces.",
                    NO_CALLS,
                ),
                run_cost,
                "currencyUSD",
            ).span(8),
            graph(
                ID["same_hour"],
                Words(
                    "Last hour against earlier days",
                    "Money over 1 h, and the median of the same hour of the last seven days. "
                    f"CostTrend warns at {factor:g} times as much.",
                    NO_CALLS,
                ),
                (
                    Query(
                        f"service:agent_api_cost_usd:increase1h{{{SERVICE}}}",
                        "last hour {{service}}",
                    ),
                    Query(
                        f"service:agent_api_cost_usd:median7d_increase1h{{{SERVICE}}}",
                        "earlier days {{service}}",
                    ),
                ),
                "currencyUSD",
            ).span(8),
            graph(
                ID["tokens"],
                Words(
                    "Tokens by model",
                    "Tokens a second over 1 h. HighTokenUsage tells of one model above the line.",
                    NO_CALLS,
                ),
                (Query(f"service_model:ai_tokens_used:rate1h{{{OF_MODEL}}}", "{{model}}"),),
                "suffix:/s",
                limit=limit("HighTokenUsage/model"),
            ).span(8),
            graph(
                ID["unpriced_calls"],
                Words(
                    "Calls without a price",
                    "By model, a second. They cost money that no sum here has. Good: none.",
                    "every model has a price",
                ),
                (
                    Query(
                        promql.per_second(
                            "agent_unpriced_calls_total", OF_MODEL, "model", window=_WINDOW
                        ),
                        "{{model}}",
                    ),
                ),
                "suffix:/s",
                links=(to_dashboard("Models and providers", "models-and-providers"),),
            ).span(8),
            graph(
                ID["missing_usage"],
                Words(
                    "Calls without token usage",
                    "By model, a second: their cost is an estimate or missing. Good: none.",
                    "every answer told its tokens",
                ),
                (
                    Query(
                        promql.per_second(
                            "agent_usage_missing_total", OF_MODEL, "model", window=_WINDOW
                        ),
                        "{{model}}",
                    ),
                ),
                "suffix:/s",
            ).span(8),
        ),
        collapsed=True,
    )
