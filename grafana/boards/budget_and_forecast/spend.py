"""What is spent, against the limits of the alerts and against last week, and by whom."""

from grafana import promql
from grafana.alert_limits import limit, setting
from grafana.board import Row
from grafana.links import cell, label, to_dashboard
from grafana.panel_ids import PANEL_IDS
from grafana.panel_kinds import Column, Query, Words, graph, table
from grafana.promql import SERVICE

ID = PANEL_IDS["budget-and-forecast"]
NO_CALLS = "no model calls"
HOUR = f"service:agent_api_cost_usd:increase1h{{{SERVICE}}}"
DAY = f"service:agent_api_cost_usd:increase1d{{{SERVICE}}}"
TODAY = f"max by (service) (agent_daily_cost_usd{{{SERVICE}}})"
#: Today's cost, and what the rest of the day costs at the pace of the last hour.
TONIGHT = f"{TODAY} + on (service) {HOUR} / 3600 * (86400 - time() % 86400)"
#: What this month costs at the pace of the last 24 hours.
MONTH = f"{DAY} * on () group_left () days_in_month()"


def rows() -> tuple[Row, Row]:
    """Return the row about how much, and the one about whose it is."""
    return _how_much(), _whose()


def _how_much() -> Row:
    trend = "CostTrend/cost"
    usual = f"service:agent_api_cost_usd:median7d_increase1h{{{SERVICE}}}"
    return Row(
        "How much is spent?",
        (
            graph(
                ID["cost_of_hour"],
                Words(
                    "Cost of 1 h",
                    "USD of the hour before each point, all tenants and models. HighAPICost pages "
                    "above the line. Good: what is usual.",
                    NO_CALLS,
                ),
                (Query(HOUR, "{{service}}"),),
                "currencyUSD",
                limit=limit("HighAPICost/cost"),
            ),
            graph(
                ID["cost_of_day"],
                Words(
                    "Cost of 24 h",
                    "USD of the 24 h before each point: the daily trend. DailyCostExceeded warns "
                    "above the line. Good: level.",
                    NO_CALLS,
                ),
                (Query(DAY, "{{service}}"),),
                "currencyUSD",
                limit=limit("DailyCostExceeded/cost"),
            ),
            graph(
                ID["same_hour"],
                Words(
                    "Against the same hour of the week",
                    "USD of 1 h, now and at this hour of the last seven days (median, 7 d). "
                    f"CostTrend warns above {setting(trend, 'factor'):g} times as much and above "
                    f"{setting(trend, 'floor'):g} USD. Good: close together. The second needs a "
                    "day of history.",
                    NO_CALLS,
                ),
                (
                    Query(HOUR, "now {{service}}"),
                    Query(usual, "usual {{service}}"),
                    Query(f"{usual} * {setting(trend, 'factor'):g}", "warns {{service}}"),
                ),
                "currencyUSD",
            ),
            graph(
                ID["today"],
                Words(
                    "Today, and its end",
                    "USD since midnight UTC, and what it will be at midnight at the pace of the "
                    "last hour (1 h). Good: the end below the line, from which on a day is "
                    "too dear.",
                    NO_CALLS,
                ),
                (Query(TODAY, "today {{service}}"), Query(TONIGHT, "forecast {{service}}")),
                "currencyUSD",
                limit=limit("DailyCostExceeded/cost"),
            ),
        ),
    )


def _whose() -> Row:
    of_tenant = to_dashboard("This tenant", "tenant-detail", tenant=label("tenant_id"))
    of_model = to_dashboard("This model", "models-and-providers", model=label("model"))
    cost = f'{promql.COST_OF_THE_HOUR}{{{SERVICE}, tenant_id=~"$tenant", model=~"$model"}}'
    return Row(
        "Whose is it?",
        (
            graph(
                ID["by_tenant"],
                Words(
                    "Cost of 1 h by tenant",
                    "USD of the hour before each point. Good: nobody stands out anew.",
                    NO_CALLS,
                ),
                (Query(f"sum by (tenant_id) ({cost})", "{{tenant_id}}"),),
                "currencyUSD",
                stacked=True,
                links=(of_tenant,),
            ),
            graph(
                ID["by_model"],
                Words(
                    "Cost of 1 h by model",
                    "USD of the hour before each point. Good: the dear model only where it is "
                    "wanted.",
                    NO_CALLS,
                ),
                (Query(f"sum by (model) ({cost})", "{{model}}"),),
                "currencyUSD",
                stacked=True,
                links=(of_model,),
            ),
            table(
                ID["spenders"],
                Words(
                    "Who spends most",
                    "USD of the last hour (1 h) by tenant and model, and at that pace in 30 days. "
                    "Good: as the prices of your contracts expect.",
                    NO_CALLS,
                ),
                (
                    Query(f"sum by (tenant_id, model) ({cost})"),
                    Query(f"sum by (tenant_id, model) ({cost}) * 24 * 30"),
                ),
                (
                    Column(
                        "tenant_id",
                        "Tenant",
                        links=(
                            to_dashboard("This tenant", "tenant-detail", tenant=cell("tenant_id")),
                        ),
                    ),
                    Column("model", "Model"),
                    Column("Value #A", "Last hour", "currencyUSD"),
                    Column("Value #B", "30 days like it", "currencyUSD"),
                ),
                largest_first="Value #A",
                rows=20,
            ).span(12),
            table(
                ID["dear_users"],
                Words(
                    "Dearest users of today",
                    "USD since midnight UTC; user ids are hashed, all after the 50 dearest are "
                    "`other`. Good: nobody alone is a large part of the day.",
                    NO_CALLS,
                ),
                (
                    Query(
                        "topk(10, max by (service, user_id) "
                        f"(agent_cost_per_user_usd{{{SERVICE}}}))"
                    ),
                ),
                (
                    Column("user_id", "User"),
                    Column("service", "Service"),
                    Column("Value", "Today", "currencyUSD"),
                ),
                largest_first="Value",
            ).span(12),
        ),
        collapsed=True,
    )
