"""The rows that say whether the agent is well."""

from grafana import promql
from grafana.alert_limits import (
    GOOD_ERROR_RATIO,
    GOOD_HIT_RATIO,
    hold,
    limit,
    percent,
)
from grafana.board import Row
from grafana.links import label, to_dashboard
from grafana.panel_ids import PANEL_IDS
from grafana.panel_kinds import Query, Words, dial, falling, graph, number, rising
from grafana.promql import ERROR_RATIO, NO_TRAFFIC, OF_TENANT, SERVICE

ID = PANEL_IDS["agent-performance-monitor"]
_FAILING = limit("HighErrorRate/request")
_SLOW = limit("SlowRequests/request")
_VERY_SLOW = limit("SlowResponse/http")
_FEW_HITS = limit("LowCacheHitRate/cache")
_DAY_COST = limit("DailyCostExceeded/cost")
_FAILED_CALLS = limit("APICallFailures/tool")
_P95 = promql.quantile(0.95, "agent_request_duration_seconds", OF_TENANT, "service")
TENANT = to_dashboard("This tenant", "tenant-detail", keep=("service",), tenant=label("tenant_id"))
SLOW = to_dashboard("What is slow", "performance", keep=("service", "tenant"))


def verdict() -> Row:
    """Return the row of single numbers: the first look."""
    return Row(
        "Is it well?",
        (
            number(
                ID["up"],
                Words(
                    "Agent",
                    f"Whether Prometheus reaches the agent. Good: UP; DOWN for "
                    f"{hold('AgentDown/agent')} pages.",
                    "no target",
                ),
                Query(f'min(up{{job="example-agent", {SERVICE}}})'),
                "none",
                steps=((None, "red"), (1, "green")),
                texts={"0": ("DOWN", "red"), "1": ("UP", "green")},
            ),
            number(
                ID["firing_alerts"],
                Words("Firing alerts", "Critical and warning alerts of the service. Good: 0.", "?"),
                Query(promql.firing()),
                "none",
                steps=rising(1),
                links=(to_dashboard("The alerts", "overview"),),
            ),
            number(
                ID["requests"],
                Words("QPS", "Requests a second over 5 m, all statuses.", NO_TRAFFIC),
                Query(promql.REQUESTS),
                "reqps",
            ),
            number(
                ID["error_rate_now"],
                Words(
                    "Error rate now",
                    "Share of requests that end in `error` (5xx, time-out, pool full) over 5 m. "
                    f"Good: below {percent(GOOD_ERROR_RATIO)}; above {percent(_FAILING)} it pages.",
                    NO_TRAFFIC,
                ),
                Query(f"max({ERROR_RATIO})"),
                "percentunit",
                steps=rising(_FAILING, doubtful=GOOD_ERROR_RATIO),
            ),
            number(
                ID["p95_now"],
                Words(
                    "P95",
                    f"95 % of requests over 5 m were faster than this. Good: < {_SLOW:g} s.",
                    NO_TRAFFIC,
                ),
                Query(f"max({_P95})"),
                "s",
                steps=rising(_VERY_SLOW, doubtful=_SLOW),
                links=(SLOW,),
            ),
            dial(
                ID["cache_hit_rate"],
                Words(
                    "Cache hit rate",
                    "Look-ups that were answered from the cache, over 5 m. Good: above "
                    f"{percent(GOOD_HIT_RATIO)}; below {percent(_FEW_HITS)} every question is paid "
                    "for again.",
                    "no look-ups",
                ),
                Query(f"min({promql.hit_ratio('service')})"),
                steps=falling(_FEW_HITS, good=GOOD_HIT_RATIO),
            ),
            number(
                ID["cost_24h"],
                Words(
                    "API cost, last 24 h",
                    "Money spent on model calls. Calls of models without a known price are not in "
                    f"it. More than {limit('HighAPICost/cost'):g} USD in an hour pages; more than "
                    f"{_DAY_COST:g} USD in a day alerts.",
                    "no model calls",
                ),
                Query(f"sum(increase(agent_api_cost_usd_total{{{OF_TENANT}}}[24h]))"),
                "currencyUSD",
                steps=rising(_DAY_COST, doubtful=_DAY_COST / 2),
                links=(to_dashboard("Where the money goes", "cost", keep=("service", "tenant")),),
            ),
            number(
                ID["tool_failures_now"],
                Words(
                    "Tool failures, 5 m",
                    f"Failed calls of the worst tool. Good: 0; above {_FAILED_CALLS:g} it alerts.",
                    "no tool calls",
                ),
                Query(f"max(service_tool:agent_tool_calls_failed:increase5m{{{SERVICE}}})"),
                "none",
                steps=rising(_FAILED_CALLS, doubtful=1),
            ).decimals(0),
        ),
    )


def requests() -> Row:
    """Return the row about rate, errors and duration."""
    return Row(
        "Requests",
        (
            graph(
                ID["qps_by_tenant"],
                Words("QPS by tenant", "Requests a second of each tenant over 5 m.", NO_TRAFFIC),
                (
                    Query(
                        f"sum by (tenant_id) (service_tenant:agent_requests:rate5m{{{OF_TENANT}}})",
                        "{{tenant_id}}",
                    ),
                ),
                "reqps",
                stacked=True,
                links=(TENANT,),
            ),
            graph(
                ID["error_rate"],
                Words(
                    "Error rate",
                    "Share of requests that end in `error`, over 5 m. The line is the limit of "
                    f"HighErrorRate, which pages after {hold('HighErrorRate/request')} above it. "
                    "429 and 4xx are not in it.",
                    NO_TRAFFIC,
                ),
                (Query(ERROR_RATIO, "{{service}}"),),
                "percentunit",
                limit=_FAILING,
            ),
            graph(
                ID["p95"],
                Words(
                    "P95 response time",
                    "Over 5 m, to the last byte. The line is the limit of SlowRequests. The dots "
                    "are single requests: click one to see its trace.",
                    NO_TRAFFIC,
                ),
                (Query(_P95, "{{service}}", exemplars=True),),
                "s",
                limit=_SLOW,
                links=(SLOW,),
            ),
            graph(
                ID["requests_by_status"],
                Words(
                    "Requests by outcome",
                    "success, client_error (4xx), rejected (429), error (5xx, time-out, pool "
                    "full), a second over 5 m. Good: nearly all success.",
                    NO_TRAFFIC,
                ),
                (
                    Query(
                        promql.per_second("agent_requests_total", OF_TENANT, "status"),
                        "{{status}}",
                    ),
                ),
                "reqps",
                stacked=True,
                colors=promql.STATUS_COLORS,
            ),
        ),
    )
