"""The verdict about the chosen tenants, and each of them over time."""

from grafana import promql
from grafana.alert_limits import GOOD_ERROR_RATIO, GOOD_HIT_RATIO, limit, percent
from grafana.board import Row
from grafana.links import label, to_dashboard
from grafana.panel_ids import PANEL_IDS
from grafana.panel_kinds import Query, Words, dial, falling, graph, number, rising
from grafana.promql import ERROR_RATIO, NO_TRAFFIC, OF_TENANT, SERVICE

ID = PANEL_IDS["tenant-detail"]
FAILING = limit("HighErrorRate/request")
SLOW = limit("SlowRequests/request")
FEW_HITS = limit("LowCacheHitRate/cache")
#: Requests a second, by tenant.
RATE = f"sum by (tenant_id) (service_tenant:agent_requests:rate5m{{{OF_TENANT}}})"


def failures(status: str = "error") -> str:
    """Return the share of each tenant's requests that have an outcome, over 5 m."""
    selector = f'{OF_TENANT}, status="{status}"'
    return promql.ratio(promql.per_second("agent_requests_total", selector, "tenant_id"), RATE)


def verdict() -> Row:
    """Return the row of single numbers."""
    everybody = f"sum(service:agent_requests:rate5m{{{SERVICE}}})"
    p95 = promql.quantile(0.95, "agent_request_duration_seconds", OF_TENANT)
    return Row(
        "Is the chosen tenant served well?",
        (
            number(
                ID["requests_now"],
                Words("QPS", "Requests a second of the chosen tenants, over 5 m.", NO_TRAFFIC),
                Query(promql.REQUESTS),
                "reqps",
            ).span(4),
            number(
                ID["share_of_traffic"],
                Words(
                    "Share of all traffic",
                    "Of the requests of 5 m. Good: no single tenant crowds the others out.",
                    NO_TRAFFIC,
                ),
                Query(f"{promql.REQUESTS} / ({everybody} > 0)"),
                "percentunit",
            ).span(4),
            number(
                ID["error_rate_now"],
                Words(
                    "Error rate now",
                    "Share of the chosen tenants' requests that end in `error` over 5 m. Good: "
                    f"below {percent(GOOD_ERROR_RATIO)}.",
                    NO_TRAFFIC,
                ),
                Query(f"max({ERROR_RATIO})"),
                "percentunit",
                steps=rising(FAILING, doubtful=GOOD_ERROR_RATIO),
            ).span(4),
            number(
                ID["p95_now"],
                Words(
                    "P95",
                    f"95 % of their requests over 5 m were faster. Good: below {SLOW:g} s.",
                    NO_TRAFFIC,
                ),
                Query(p95),
                "s",
                steps=rising(SLOW, doubtful=SLOW / 2),
                links=(to_dashboard("What is slow", "performance", keep=("service", "tenant")),),
            ).span(4),
            dial(
                ID["hit_rate_now"],
                Words(
                    "Cache hit rate now",
                    "Share of their look-ups that the cache answered, over 5 m. Good: above "
                    f"{percent(GOOD_HIT_RATIO)}.",
                    "no look-ups",
                ),
                Query(f"min({promql.hit_ratio('service')})"),
                steps=falling(FEW_HITS, good=GOOD_HIT_RATIO),
            ).span(4),
            number(
                ID["cost_now"],
                Words(
                    "Cost, last 24 h",
                    "Money spent on model calls for the chosen tenants. Good: what they pay for.",
                    "no model calls",
                ),
                Query(f"sum(increase(agent_api_cost_usd_total{{{OF_TENANT}}}[24h]))"),
                "currencyUSD",
                links=(to_dashboard("Where it goes", "cost", keep=("service", "tenant")),),
            ).span(4),
        ),
    )


def tenants() -> Row:
    """Return each tenant over time."""
    only = to_dashboard("Only this tenant", "tenant-detail", tenant=label("tenant_id"))
    p95 = promql.quantile(0.95, "agent_request_duration_seconds", OF_TENANT, "tenant_id")
    cost = f"sum by (tenant_id) ({promql.COST_OF_THE_HOUR}{{{OF_TENANT}}})"
    return Row(
        "Each tenant: requests, cost, cache",
        (
            graph(
                ID["requests"],
                Words("Requests by tenant", "A second over 5 m, all outcomes.", NO_TRAFFIC),
                (Query(RATE, "{{tenant_id}}"),),
                "reqps",
                stacked=True,
                links=(only,),
            ).span(8),
            graph(
                ID["cost"],
                Words(
                    "Cost by tenant",
                    "Money spent in the hour (1 h) before each point. Good: in step with the "
                    "requests.",
                    "no model calls",
                ),
                (Query(cost, "{{tenant_id}}"),),
                "currencyUSD",
                stacked=True,
                links=(only,),
            ).span(8),
            graph(
                ID["hit_rate"],
                Words(
                    "Cache hit rate by tenant",
                    f"Over 5 m. Good: above {percent(GOOD_HIT_RATIO)}; the line is the limit of "
                    "LowCacheHitRate.",
                    "no look-ups",
                ),
                (Query(promql.hit_ratio("tenant_id"), "{{tenant_id}}"),),
                "percentunit",
                floor=FEW_HITS,
                links=(only,),
            )
            .span(8)
            .max(1),
            graph(
                ID["error_rate"],
                Words(
                    "Error rate by tenant",
                    "Share of its requests that end in `error` over 5 m. Good: near 0; one tenant "
                    "alone above the line has a cause of its own.",
                    NO_TRAFFIC,
                ),
                (Query(failures(), "{{tenant_id}}"),),
                "percentunit",
                limit=FAILING,
                links=(only,),
            ).span(8),
            graph(
                ID["p95"],
                Words(
                    "P95 by tenant",
                    f"Response time over 5 m. Good: below {SLOW:g} s. Dots lead to traces.",
                    NO_TRAFFIC,
                ),
                (Query(p95, "{{tenant_id}}", exemplars=True),),
                "s",
                limit=SLOW,
                links=(only,),
            ).span(8),
            graph(
                ID["rejected"],
                Words(
                    "Rate-limited requests by tenant",
                    "Share of its requests that were answered 429, over 5 m. Good: 0; above it "
                    "the tenant's limit is too low or its client does not wait.",
                    NO_TRAFFIC,
                ),
                (Query(failures("rejected"), "{{tenant_id}}"),),
                "percentunit",
                links=(only,),
            ).span(8),
        ),
    )
