"""All tenants beside each other, and why one of them is as it is."""

from grafana import promql
from grafana.alert_limits import GOOD_ERROR_RATIO, GOOD_HIT_RATIO, limit
from grafana.board import Row
from grafana.boards.tenant_detail.tenants import FAILING, FEW_HITS, ID, RATE, SLOW, failures
from grafana.links import cell, label, to_dashboard, to_log_lines
from grafana.panel_kinds import (
    Column,
    Query,
    Words,
    falling,
    graph,
    log_lines,
    rising,
    table,
)
from grafana.promql import NO_TRAFFIC, OF_TENANT
from grafana.request_tables import slow_requests

_LINES = 'tenant_id=~"$tenant"'


def comparison() -> Row:
    """Return one line for each tenant."""
    only = to_dashboard("Only this tenant", "tenant-detail", tenant=cell("tenant_id"))
    money = to_dashboard("Where its money goes", "cost", tenant=cell("tenant_id"))
    p95 = promql.quantile(0.95, "agent_request_duration_seconds", OF_TENANT, "tenant_id")
    cost = f"sum by (tenant_id) ({promql.COST_OF_THE_HOUR}{{{OF_TENANT}}})"
    queries = (RATE, failures(), p95, promql.hit_ratio("tenant_id"), cost)
    return Row(
        "Tenants beside each other",
        (
            table(
                ID["tenants"],
                Words(
                    "All tenants",
                    "Now, over 5 m; money of the last hour (1 h). Click a tenant to see only it. "
                    "Good: no red cell.",
                    NO_TRAFFIC,
                ),
                tuple(Query(one) for one in queries),
                (
                    Column("tenant_id", "Tenant", links=(only,)),
                    Column("Value #A", "QPS", "reqps"),
                    Column(
                        "Value #B",
                        "Errors",
                        "percentunit",
                        rising(FAILING, doubtful=GOOD_ERROR_RATIO),
                    ),
                    Column("Value #C", "P95", "s", rising(SLOW, doubtful=SLOW / 2)),
                    Column(
                        "Value #D",
                        "Cache hits",
                        "percentunit",
                        falling(FEW_HITS, good=GOOD_HIT_RATIO),
                    ),
                    Column("Value #E", "Cost of the hour", "currencyUSD", links=(money,)),
                ),
                largest_first="Value #A",
            ),
        ),
    )


def details() -> Row:
    """Return models, errors, slow requests and log lines of the chosen tenants."""
    lines = to_log_lines(
        "Log lines of this error",
        f'{{service_name=~"${{service:regex}}"}} | error_type="{label("error_type")}"',
    )
    return Row(
        "Why: models, errors, slow requests, log lines",
        (
            graph(
                ID["models"],
                Words(
                    "Cost by model",
                    "Which models answered the chosen tenants, in money of the hour (1 h) before "
                    "each point. Good: the usual mix.",
                    "no model calls",
                ),
                (Query(f"sum by (model) ({promql.COST_OF_THE_HOUR}{{{OF_TENANT}}})", "{{model}}"),),
                "currencyUSD",
                stacked=True,
            ),
            graph(
                ID["errors_by_type"],
                Words(
                    "Errors by type",
                    "Of the chosen tenants, a second over 5 m. Click one for its log lines. Good: "
                    "none.",
                    "no errors yet",
                ),
                (
                    Query(
                        promql.per_second("agent_errors_total", OF_TENANT, "error_type"),
                        "{{error_type}}",
                    ),
                ),
                "suffix:/s",
                limit=limit("HighErrorRate/agent"),
                links=(lines,),
            ),
            slow_requests(
                ID["slow_requests"],
                Words(
                    "Slowest requests of the tenant",
                    "The ten slowest of the newest 1000 above 0.1 s; click a duration for its "
                    f"trace. Good: below {SLOW:g} s.",
                    "no request took longer than 0.1 s",
                ),
                f"| {_LINES}",
                steps=rising(SLOW, doubtful=SLOW / 2),
                longer_than="0.1",
            ),
            log_lines(
                ID["logs"],
                Words(
                    "Warnings and errors of the tenant",
                    "Open a line and follow trace_id to its trace. Good: none.",
                    "none in this time",
                ),
                f'{{service_name=~"$service", level=~"WARN|ERROR|FATAL"}} | {_LINES}',
            ),
        ),
        collapsed=True,
    )
