"""What the verdict may come from, closed until somebody asks."""

from grafana import promql
from grafana.alert_limits import GOOD_ERROR_RATIO, limit, percent
from grafana.board import Row
from grafana.links import cell, to_dashboard
from grafana.panel_ids import PANEL_IDS
from grafana.panel_kinds import Column, Query, Words, graph, rising, table
from grafana.promql import NO_TRAFFIC, SERVICE

ID = PANEL_IDS["overview"]
_FAILING = limit("HighErrorRate/request")


def causes() -> Row:
    """Return which tenant, model, tool or budget it is."""
    by_tenant = f"sum by (tenant_id) (service_tenant:agent_requests:rate5m{{{SERVICE}}})"
    failed = promql.per_second("agent_requests_total", f'{SERVICE}, status="error"', "tenant_id")
    cost = f"sum by (tenant_id) ({promql.COST_OF_THE_HOUR}{{{SERVICE}}})"
    to_tenant = to_dashboard("This tenant", "tenant-detail", tenant=cell("tenant_id"))
    calls = 'gen_ai_operation_name="chat"'
    return Row(
        "Which tenant, model, tool or budget?",
        (
            table(
                ID["tenants"],
                Words(
                    "Tenants",
                    "Requests a second and share of failures over 5 m, money of the last hour "
                    "(1 h). Click a tenant for its own page. Good: nobody stands out.",
                    NO_TRAFFIC,
                ),
                (Query(by_tenant), Query(promql.ratio(failed, by_tenant)), Query(cost)),
                (
                    Column("tenant_id", "Tenant", links=(to_tenant,)),
                    Column("Value #A", "QPS", "reqps"),
                    Column(
                        "Value #B",
                        "Errors",
                        "percentunit",
                        rising(_FAILING, doubtful=GOOD_ERROR_RATIO),
                    ),
                    Column("Value #C", "Cost of the hour", "currencyUSD"),
                ),
                largest_first="Value #A",
            ).span(12),
            graph(
                ID["models"],
                Words(
                    "Failed model calls",
                    "Share of each model's calls that fail. ProviderDown pages above "
                    f"{percent(limit('ProviderDown/provider'))}. Good: 0.",
                    "no model calls",
                ),
                (
                    Query(
                        promql.ratio(
                            promql.per_second(
                                "gen_ai_client_operation_duration_seconds_count",
                                f'{SERVICE}, {calls}, error_type!=""',
                                "gen_ai_request_model",
                                window="$__rate_interval",
                            ),
                            promql.per_second(
                                "gen_ai_client_operation_duration_seconds_count",
                                f"{SERVICE}, {calls}",
                                "gen_ai_request_model",
                                window="$__rate_interval",
                            ),
                        ),
                        "{{gen_ai_request_model}}",
                    ),
                ),
                "percentunit",
                limit=limit("ProviderDown/provider"),
                links=(to_dashboard("Models and providers", "models-and-providers"),),
            ),
            graph(
                ID["tools"],
                Words(
                    "Failed tool calls in 5 m",
                    "By tool. APICallFailures warns above the line. Good: 0.",
                    "no tool calls",
                ),
                (
                    Query(
                        f"service_tool:agent_tool_calls_failed:increase5m{{{SERVICE}}}",
                        "{{tool_name}}",
                    ),
                ),
                "short",
                limit=limit("APICallFailures/tool"),
                links=(to_dashboard("Agents and tools", "agents-and-tools"),),
            ),
            graph(
                ID["budgets"],
                Words(
                    "Budgets used",
                    "Share of each budget that is spent in its current window. "
                    f"BudgetNearlySpent warns from {percent(limit('BudgetNearlySpent/budget'))}.",
                    "no budget is set",
                ),
                (
                    Query(
                        f"max by (budget, window) (agent_budget_spent_usd{{{SERVICE}}} / "
                        f"agent_budget_limit_usd{{{SERVICE}}})",
                        "{{budget}}, {{window}}",
                    ),
                ),
                "percentunit",
                limit=limit("BudgetNearlySpent/budget"),
                links=(to_dashboard("Budget and forecast", "budget-and-forecast"),),
            ),
        ),
        collapsed=True,
    )
