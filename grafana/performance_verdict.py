"""The rows of the "Agent Performance Monitor" that say whether the agent is well."""

from grafana_foundation_sdk.builders import dashboard as db
from grafana_foundation_sdk.models import dashboard as md

from grafana.panel_kinds import Query, Words, dial, graph, number
from grafana.performance_queries import (
    ERROR_RATIO,
    ID,
    NO_TRAFFIC,
    OF_TENANT,
    P95,
    REQUESTS,
    SERVICE,
    hit_ratio,
)


def with_verdict(dashboard: db.Dashboard) -> db.Dashboard:
    """Add the row of single numbers: the first look."""
    up = number(
        ID["up"],
        Words("Agent", "Whether Prometheus reaches the agent. 0 pages after 1 m.", "no target"),
        Query(f'min(up{{job="example-agent", {SERVICE}}})'),
        "none",
        steps=((None, "red"), (1, "green")),
    ).mappings(
        [
            md.ValueMap(
                options={
                    "0": md.ValueMappingResult(text="DOWN", color="red", index=0),
                    "1": md.ValueMappingResult(text="UP", color="green", index=1),
                }
            )
        ]
    )
    firing = f'count(ALERTS{{alertstate="firing", severity=~"critical|warning", {SERVICE}}})'
    return (
        dashboard.with_row(db.Row("Is it well?").id(101))
        .with_panel(up)
        .with_panel(
            number(
                ID["firing_alerts"],
                Words("Firing alerts", "Critical and warning alerts of the service. Good: 0.", "?"),
                Query(f"{firing} or vector(0)"),
                "none",
                steps=((None, "green"), (1, "red")),
            )
        )
        .with_panel(
            number(
                ID["requests"],
                Words("QPS", "Requests a second over 5 m, all statuses.", NO_TRAFFIC),
                Query(f"sum({REQUESTS})"),
                "reqps",
            )
        )
        .with_panel(
            number(
                ID["error_rate_now"],
                Words(
                    "Error rate",
                    "Share of requests that end in `error` (5xx, time-out, pool full) over 5 m. "
                    "Good: below 1 %; above 5 % it pages.",
                    NO_TRAFFIC,
                ),
                Query(f"max({ERROR_RATIO})"),
                "percentunit",
                steps=((None, "green"), (0.01, "yellow"), (0.05, "red")),
            )
        )
        .with_panel(
            number(
                ID["p95_now"],
                Words("P95", "95 % of requests were faster than this. Good: < 2 s.", NO_TRAFFIC),
                Query(f"max({P95})"),
                "s",
                steps=((None, "green"), (2, "yellow"), (5, "red")),
            )
        )
        .with_panel(
            dial(
                ID["cache_hit_rate"],
                Words(
                    "Cache hit rate",
                    "Look-ups that were answered from the cache, over 5 m. Good: above 70 %; "
                    "below 60 % every question is paid for again.",
                    "no look-ups",
                ),
                Query(f"min({hit_ratio('service')})"),
                steps=((None, "red"), (0.6, "yellow"), (0.7, "green")),
            )
        )
        .with_panel(
            number(
                ID["cost_24h"],
                Words(
                    "API cost, last 24 h",
                    "Money spent on model calls. Calls of models without a known price are not in "
                    "it. More than 10 USD in an hour pages.",
                    "no model calls",
                ),
                Query(f"sum(increase(agent_api_cost_usd_total{{{OF_TENANT}}}[24h]))"),
                "currencyUSD",
                steps=((None, "green"), (20, "yellow"), (50, "red")),
            )
        )
        .with_panel(
            number(
                ID["tool_failures_now"],
                Words(
                    "Tool failures, 5 m",
                    "Failed calls of the worst tool. Good: 0; above 10 it alerts.",
                    "no tool calls",
                ),
                Query(f"max(service_tool:agent_tool_calls_failed:increase5m{{{SERVICE}}})"),
                "none",
                steps=((None, "green"), (1, "yellow"), (10, "red")),
            ).decimals(0)
        )
    )


def with_requests(dashboard: db.Dashboard) -> db.Dashboard:
    """Add the row about rate, errors and duration."""
    return (
        dashboard.with_row(db.Row("Requests").id(102))
        .with_panel(
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
            )
        )
        .with_panel(
            graph(
                ID["error_rate"],
                Words(
                    "Error rate",
                    "Share of requests that end in `error`, over 5 m. The line is the limit of "
                    "HighErrorRate, which pages after 5 m above it. 429 and 4xx are not in it.",
                    NO_TRAFFIC,
                ),
                (Query(ERROR_RATIO, "{{service}}"),),
                "percentunit",
                limit=0.05,
            )
        )
        .with_panel(
            graph(
                ID["p95"],
                Words(
                    "P95 response time",
                    "Over 5 m, to the last byte. The dots are single requests: click one to see "
                    "its trace.",
                    NO_TRAFFIC,
                ),
                (Query(P95, "{{service}}", exemplars=True),),
                "s",
            )
        )
        .with_panel(
            graph(
                ID["requests_by_status"],
                Words(
                    "Requests by outcome",
                    "success, client_error (4xx), rejected (429), error (5xx, time-out, pool "
                    "full).",
                    NO_TRAFFIC,
                ),
                (
                    Query(
                        f"sum by (status) (rate(agent_requests_total{{{OF_TENANT}}}[5m]))",
                        "{{status}}",
                    ),
                ),
                "reqps",
                stacked=True,
            )
        )
    )
