"""The dashboard "Overview", which is Grafana's home: is it healthy, and where to look if not?"""

from grafana import promql, variables
from grafana.alert_limits import GOOD_ERROR_RATIO, hold, limit, percent
from grafana.board import TAG, Board, Row
from grafana.boards.overview.causes import causes
from grafana.links import to_dashboard
from grafana.panel_ids import PANEL_IDS
from grafana.panel_kinds import (
    Query,
    Words,
    alert_list,
    dashboard_list,
    graph,
    number,
    rising,
)
from grafana.promql import NO_TRAFFIC, SERVICE

ID = PANEL_IDS["overview"]
_FAILING = limit("HighErrorRate/request")
_SLOW = limit("SlowRequests/request")
_DAY_COST = limit("DailyCostExceeded/cost")
_FAILED_RATIO = f"service:agent_request_errors_per_requests:ratio_rate5m{{{SERVICE}}}"
_P95 = promql.quantile(0.95, "agent_request_duration_seconds", SERVICE, "service")
_SLOWEST = to_dashboard("What is slow", "performance")
_DETAILS = to_dashboard("One page about the agent", "agent-performance-monitor")


def board() -> Board:
    """Return the dashboard."""
    return Board(
        title="Overview",
        question="Is the agent healthy, do users suffer, and where do I look next?",
        rows=(_verdict(), _requests(), _next(), causes()),
        variables=(variables.data_source("prometheus"), variables.service()),
    )


def _state() -> Query:
    """Return 2 for what pages or is down, 1 for what warns, 0 if all is well."""
    critical, warning = (
        f'count(ALERTS{{alertstate="firing", severity="{severity}", {SERVICE}}}) * 0'
        for severity in ("critical", "warning")
    )
    down = f"(min(up{{{SERVICE}}}) == 0)"
    return Query(f"{down} + 2 or {critical} + 2 or {warning} + 1 or vector(0)")


def _verdict() -> Row:
    return Row(
        "Is it healthy?",
        (
            number(
                ID["verdict"],
                Words(
                    "State",
                    "CRITICAL: an alert pages, or a process does not answer. DEGRADED: an alert "
                    "warns. Good: HEALTHY.",
                    "no agent",
                ),
                _state(),
                "none",
                texts={
                    "0": ("HEALTHY", "green"),
                    "1": ("DEGRADED", "yellow"),
                    "2": ("CRITICAL", "red"),
                },
                links=(_DETAILS,),
            ),
            number(
                ID["firing_alerts"],
                Words(
                    "Firing alerts",
                    "Critical and warning alerts of the service; the list is below. Good: 0.",
                    "no answer",
                ),
                Query(promql.firing()),
                "none",
                steps=rising(1),
                links=(to_dashboard("How alerts behave", "alert-quality", keep=()),),
            ),
            number(
                ID["live_qps"],
                Words(
                    "Live QPS",
                    "Requests a second over 5 m, all outcomes. Good: what is usual at this hour.",
                    NO_TRAFFIC,
                ),
                Query(f"sum(service:agent_requests:rate5m{{{SERVICE}}})"),
                "reqps",
                links=(to_dashboard("Who asks", "tenant-detail"),),
            ),
            number(
                ID["average_latency"],
                Words(
                    "Average latency",
                    f"Mean time of a request over 5 m. Good: well below {_SLOW:g} s, which is the "
                    "limit of the P95.",
                    NO_TRAFFIC,
                ),
                Query(promql.mean("agent_request_duration_seconds", SERVICE)),
                "s",
                steps=rising(_SLOW, doubtful=_SLOW / 2),
                links=(_SLOWEST,),
            ),
            number(
                ID["error_rate_now"],
                Words(
                    "Error rate",
                    "Share of requests that end in `error` over 5 m. Good: below "
                    f"{percent(GOOD_ERROR_RATIO)}; above {percent(_FAILING)} it pages.",
                    NO_TRAFFIC,
                ),
                Query(f"max({_FAILED_RATIO})"),
                "percentunit",
                steps=rising(_FAILING, doubtful=GOOD_ERROR_RATIO),
                links=(_DETAILS,),
            ),
            number(
                ID["active_tenants"],
                Words(
                    "Active tenants",
                    "Distinct tenants of the last 5 m. Good: what is usual at this hour.",
                    "no agent",
                ),
                Query(f"sum(agent_active_tenants{{{SERVICE}}})"),
                "none",
                links=(to_dashboard("Tenants", "tenant-detail"),),
            ),
            number(
                ID["error_budget"],
                Words(
                    "Error budget left",
                    "Of the objective that has the least left: the share of the bad events allowed "
                    "in seven days (7 d) that did not happen. Good: above 25 %; below 0 the "
                    "promise is broken.",
                    "no traffic in seven days",
                ),
                Query(f"min(service_slo:error_budget_remaining:ratio7d{{{SERVICE}}})"),
                "percentunit",
                steps=((None, "red"), (0, "yellow"), (0.25, "green")),
                links=(to_dashboard("All objectives", "slo-and-error-budget"),),
            ),
            number(
                ID["cost_today"],
                Words(
                    "Cost today",
                    "Money spent on model calls since midnight UTC. Above "
                    f"{_DAY_COST:g} USD in 24 hours an alert warns.",
                    "no model calls",
                ),
                Query(f"sum(max by (service) (agent_daily_cost_usd{{{SERVICE}}}))"),
                "currencyUSD",
                steps=rising(_DAY_COST, doubtful=_DAY_COST / 2),
                links=(to_dashboard("Where the money goes", "cost"),),
            ),
        ),
    )


def _requests() -> Row:
    return Row(
        "Rate, errors, duration",
        (
            graph(
                ID["requests_by_status"],
                Words(
                    "Requests by outcome",
                    "A second over 5 m. error: 5xx, time-out, pool full; rejected: 429; "
                    "client_error: other 4xx. Good: nearly all success.",
                    NO_TRAFFIC,
                ),
                (
                    Query(
                        promql.per_second("agent_requests_total", SERVICE, "status"), "{{status}}"
                    ),
                ),
                "reqps",
                stacked=True,
                colors=promql.STATUS_COLORS,
                links=(_DETAILS,),
            ).span(8),
            graph(
                ID["error_rate"],
                Words(
                    "Share of failed requests",
                    f"Over 5 m. HighErrorRate pages after {hold('HighErrorRate/request')} above "
                    "the line. Good: near 0.",
                    NO_TRAFFIC,
                ),
                (Query(_FAILED_RATIO, "{{service}}"),),
                "percentunit",
                limit=_FAILING,
                links=(_DETAILS,),
            ).span(8),
            graph(
                ID["latency"],
                Words(
                    "Response time",
                    "Mean and P95 over 5 m, to the last byte. SlowRequests warns above the line. "
                    "Each dot is a request: click it for its trace.",
                    NO_TRAFFIC,
                ),
                (
                    Query(_P95, "P95 {{service}}", exemplars=True),
                    Query(
                        promql.mean("agent_request_duration_seconds", SERVICE, "service"),
                        "mean {{service}}",
                    ),
                ),
                "s",
                limit=_SLOW,
                links=(_SLOWEST,),
            ).span(8),
        ),
    )


def _next() -> Row:
    return Row(
        "Where to look next",
        (
            alert_list(
                ID["alerts"],
                Words(
                    "Alerts",
                    "What fires or is about to, in metrics and logs, worst first. Open one for "
                    "its runbook, panel, logs and traces. Good: empty.",
                    "nothing fires",
                ),
            ),
            dashboard_list(
                ID["dashboards"],
                Words(
                    "All dashboards",
                    "Every dashboard of the stack; time and service go along.",
                    "none is loaded",
                ),
                TAG,
            ),
        ),
    )
