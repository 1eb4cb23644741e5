"""The verdict about money, its trend, who spends it, and the dear runs."""

from grafana.alert_limits import limit
from grafana.board import Row
from grafana.links import label, to_dashboard
from grafana.panel_ids import PANEL_IDS
from grafana.panel_kinds import Query, Words, bars, graph, number, rising, shares
from grafana.promql import COST_OF_THE_HOUR, OF_MODEL, OF_TENANT, SERVICE
from grafana.request_tables import expensive_runs

ID = PANEL_IDS["cost"]
#: Money of the chosen tenants and models.
CHOSEN = f'{OF_TENANT}, model=~"$model"'
NO_CALLS = "no model calls"
HOUR_LIMIT = limit("HighAPICost/cost")
_DAY_LIMIT = limit("DailyCostExceeded/cost")
_SPENT = "agent_api_cost_usd_total"


def verdict() -> Row:
    """Return the row of single numbers."""
    day = f"sum(increase({_SPENT}{{{CHOSEN}}}[24h]))"
    requests = f"sum(increase(agent_requests_total{{{OF_TENANT}}}[24h]))"
    return Row(
        "Is the bill as it should be?",
        (
            number(
                ID["today"],
                Words(
                    "Today",
                    "Money since midnight UTC, all tenants and models, from the service's own "
                    f"book. Good: below {_DAY_LIMIT:g} USD.",
                    NO_CALLS,
                ),
                Query(f"sum(max by (service) (agent_daily_cost_usd{{{SERVICE}}}))"),
                "currencyUSD",
                steps=rising(_DAY_LIMIT, doubtful=_DAY_LIMIT / 2),
                links=(to_dashboard("Its budgets", "budget-and-forecast"),),
            ).span(4),
            number(
                ID["last_24h"],
                Words(
                    "Last 24 h",
                    "Money of the last 24 h for what is chosen above. DailyCostExceeded warns "
                    f"above {_DAY_LIMIT:g} USD.",
                    NO_CALLS,
                ),
                Query(day),
                "currencyUSD",
                steps=rising(_DAY_LIMIT, doubtful=_DAY_LIMIT / 2),
            ).span(4),
            number(
                ID["last_hour"],
                Words(
                    "Last hour",
                    f"Money of the last hour (1 h). HighAPICost pages above {HOUR_LIMIT:g} USD.",
                    NO_CALLS,
                ),
                Query(f"sum({COST_OF_THE_HOUR}{{{CHOSEN}}})"),
                "currencyUSD",
                steps=rising(HOUR_LIMIT, doubtful=HOUR_LIMIT / 2),
            ).span(4),
            number(
                ID["per_request"],
                Words(
                    "Cost per request",
                    "Mean over the last 24 h, cache hits included. Good: steady; it rises when the "
                    "cache misses or a dear model answers.",
                    "no requests",
                ),
                Query(f"{day} / ({requests} > 0)"),
                "currencyUSD",
            )
            .span(4)
            .decimals(5),
            number(
                ID["unpriced"],
                Words(
                    "Unpriced calls, 24 h",
                    "Calls of models whose price nobody knows: they are in no sum here. Good: 0.",
                    "none",
                ),
                Query(f"sum(increase(agent_unpriced_calls_total{{{OF_MODEL}}}[24h])) or vector(0)"),
                "none",
                steps=rising(limit("UnpricedModel/model")),
            )
            .span(4)
            .decimals(0),
            number(
                ID["dearest_tenant"],
                Words(
                    "Top tenant's share",
                    "Of the money of the last 24 h. Good: what that tenant pays for.",
                    NO_CALLS,
                ),
                Query(
                    f"max(sum by (tenant_id) (increase({_SPENT}{{{CHOSEN}}}[24h]))) / ({day} > 0)"
                ),
                "percentunit",
            ).span(4),
        ),
    )


def trend() -> Row:
    """Return the money over time."""
    return Row(
        "How does it go?",
        (
            graph(
                ID["daily_trend"],
                Words(
                    "Daily cost trend",
                    "Money of the 24 h before each point, and since midnight UTC. Choose a week or "
                    "a month at the top. DailyCostExceeded warns above the line.",
                    NO_CALLS,
                ),
                (
                    Query(f"sum(service:agent_api_cost_usd:increase1d{{{SERVICE}}})", "last 24 h"),
                    Query(
                        f"sum(max by (service) (agent_daily_cost_usd{{{SERVICE}}}))",
                        "since midnight UTC",
                    ),
                ),
                "currencyUSD",
                limit=_DAY_LIMIT,
            ),
            graph(
                ID["hourly_by_model"],
                Words(
                    "Cost of the last hour by model",
                    "Money of the hour (1 h) before each point. HighAPICost pages when the sum is "
                    "above the line.",
                    NO_CALLS,
                ),
                (Query(f"sum by (model) ({COST_OF_THE_HOUR}{{{CHOSEN}}})", "{{model}}"),),
                "currencyUSD",
                stacked=True,
                limit=HOUR_LIMIT,
                links=(to_dashboard("Only this model", "cost", model=label("model")),),
            ),
        ),
    )


def who() -> Row:
    """Return the shares of models, and the rankings of tenants and users."""
    return Row(
        "Who spends it?",
        (
            shares(
                ID["model_share"],
                Words(
                    "Cost share per model",
                    "Of the money of the time shown. Good: the cheap models do most of the work.",
                    NO_CALLS,
                ),
                Query(
                    f"sort_desc(sum by (model) (increase({_SPENT}{{{CHOSEN}}}[$__range])) > 0)",
                    "{{model}}",
                ),
                "currencyUSD",
                links=(to_dashboard("Only this model", "cost", model=label("model")),),
            ),
            bars(
                ID["tenant_ranking"],
                Words(
                    "Cost ranking per tenant",
                    "The 15 dearest tenants of the time shown; click one for its page. Good: the "
                    "order of what they pay.",
                    NO_CALLS,
                ),
                Query(
                    "sort_desc(topk(15, sum by (tenant_id) "
                    f"(increase({_SPENT}{{{CHOSEN}}}[$__range]))))",
                    "{{tenant_id}}",
                ),
                "currencyUSD",
                links=(to_dashboard("This tenant", "tenant-detail", tenant=label("tenant_id")),),
            ),
            bars(
                ID["user_ranking"],
                Words(
                    "Dearest users today",
                    "Money since midnight UTC; users are hashed, the rest is `other`. Good: nobody "
                    "stands out.",
                    NO_CALLS,
                ),
                Query(
                    f"sort_desc(topk(10, max by (user_id) (agent_cost_per_user_usd{{{SERVICE}}})))",
                    "{{user_id}}",
                ),
                "currencyUSD",
            ),
        ),
    )


def runs() -> Row:
    """Return the dear runs."""
    return Row(
        "Which runs are dear?",
        (
            expensive_runs(
                ID["expensive_runs"],
                Words(
                    "Expensive runs, top 10",
                    "The ten dearest of the newest 1000 runs that cost something; click a cost for "
                    "the trace. Good: all alike.",
                    "no run cost anything",
                ),
                '| tenant_id=~"$tenant"',
            ),
        ),
    )
