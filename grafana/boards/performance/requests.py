"""The verdict about speed, requests over time, and the slow ones."""

from grafana import promql
from grafana.alert_limits import GOOD_ERROR_RATIO, hold, limit, percent, setting
from grafana.board import Row
from grafana.links import label, to_log_lines
from grafana.panel_ids import PANEL_IDS
from grafana.panel_kinds import Query, Words, graph, heat, number, rising
from grafana.promql import ERROR_RATIO, NO_TRAFFIC, OF_TENANT, SERVICE
from grafana.request_tables import slow_requests

ID = PANEL_IDS["performance"]
SLOW = limit("SlowRequests/request")
_DURATION = "agent_request_duration_seconds"
_FAILING = limit("HighErrorRate/request")


def _quantile_now(key: str, share: float, steps_from: float) -> object:
    name = f"P{share * 100:g}"
    return number(
        ID[key],
        Words(
            name,
            f"{share * 100:g} % of requests over 5 m were faster than this. Good: below "
            f"{steps_from:g} s.",
            NO_TRAFFIC,
        ),
        Query(promql.quantile(share, _DURATION, OF_TENANT)),
        "s",
        steps=rising(steps_from * 2, doubtful=steps_from),
    ).span(4)


def verdict() -> Row:
    """Return the row of single numbers."""
    count = promql.per_second(f"{_DURATION}_count", OF_TENANT)
    in_time = promql.per_second(f"{_DURATION}_bucket", f'{OF_TENANT}, le=~"{SLOW:g}(\\\\.0)?"')
    busy = setting("HighActiveConnections/request", "limit")
    return Row(
        "Is it fast enough?",
        (
            _quantile_now("p50_now", 0.5, SLOW / 2),
            _quantile_now("p95_now", 0.95, SLOW),
            _quantile_now("p99_now", 0.99, SLOW * 2),
            number(
                ID["average_now"],
                Words(
                    "Average",
                    "Mean time of a request over 5 m. Far above P50: a few are very slow.",
                    NO_TRAFFIC,
                ),
                Query(promql.mean(_DURATION, OF_TENANT)),
                "s",
                steps=rising(SLOW, doubtful=SLOW / 2),
            ).span(4),
            number(
                ID["slow_share"],
                Words(
                    f"Slower than {SLOW:g} s",
                    f"Share of the requests of 5 m. Good: 0; above 5 % SlowRequests warns after "
                    f"{hold('SlowRequests/request')}.",
                    NO_TRAFFIC,
                ),
                Query(f"1 - {in_time} / ({count} > 0)"),
                "percentunit",
                steps=rising(0.05, doubtful=0.01),
            ).span(4),
            number(
                ID["in_flight"],
                Words(
                    "In flight",
                    "Requests that are being answered right now. Good: steady; "
                    f"HighActiveConnections warns above {busy:g}.",
                    "no agent",
                ),
                Query(f"sum(agent_active_connections{{{SERVICE}}})"),
                "none",
                steps=rising(busy, doubtful=busy / 2),
            ).span(4),
        ),
    )


def requests() -> Row:
    """Return rate, errors and duration over time."""
    percentiles = tuple(
        Query(promql.quantile(share, _DURATION, OF_TENANT), f"P{share * 100:g}", exemplars=True)
        for share in (0.5, 0.95, 0.99)
    )
    return Row(
        "Rate, errors, duration",
        (
            graph(
                ID["percentiles"],
                Words(
                    "P50, P95, P99",
                    "Response time over 5 m, to the last byte. SlowRequests warns when the P95 is "
                    "above the line. Each dot is a request: click it for its trace.",
                    NO_TRAFFIC,
                ),
                percentiles,
                "s",
                limit=SLOW,
            ),
            graph(
                ID["requests"],
                Words(
                    "Requests by outcome",
                    "A second over 5 m. Good: nearly all success.",
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
            ).span(6),
            graph(
                ID["error_rate"],
                Words(
                    "Error rate",
                    f"Share of requests that end in `error` over 5 m. Good: below "
                    f"{percent(GOOD_ERROR_RATIO)}; HighErrorRate pages above the line.",
                    NO_TRAFFIC,
                ),
                (Query(ERROR_RATIO, "{{service}}"),),
                "percentunit",
                limit=_FAILING,
            ).span(6),
        ),
    )


def suspects() -> Row:
    """Return the slow requests, the errors and how the durations are spread."""
    lines = to_log_lines(
        "Log lines of this error",
        f'{{service_name=~"${{service:regex}}"}} | error_type="{label("error_type")}"',
    )
    return Row(
        "Which requests?",
        (
            slow_requests(
                ID["slow_requests"],
                Words(
                    "Slow requests, top 10",
                    "The ten slowest of the newest 1000 that took longer than the choice at the "
                    "top; click a duration for its trace, a request for its log lines. Good: "
                    f"below {SLOW:g} s.",
                    "no request took longer than the choice at the top",
                ),
                '| tenant_id=~"$tenant"',
                steps=rising(SLOW, doubtful=SLOW / 2),
            ),
            graph(
                ID["errors_by_type"],
                Words(
                    "Errors by type",
                    "Exception class or the provider's code, a second over 5 m. Click one for its "
                    "log lines. Good: none.",
                    "no errors yet",
                ),
                (
                    Query(
                        promql.per_second("agent_errors_total", OF_TENANT, "error_type"),
                        "{{error_type}}",
                    ),
                ),
                "suffix:/s",
                links=(lines,),
            ),
            heat(
                ID["distribution"],
                Words(
                    "Distribution of response times",
                    "How many requests took how long. Good: one band; a second one is a group of "
                    "requests with a cause of its own.",
                    NO_TRAFFIC,
                ),
                Query(
                    f"sum by (le) (increase({_DURATION}_bucket{{{OF_TENANT}}}[$__rate_interval]))",
                    "{{le}}",
                    exemplars=True,
                ),
                "s",
            ),
        ),
    )
