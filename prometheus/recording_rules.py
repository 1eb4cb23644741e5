"""Recorded series, `level:metric:operations`, that alerts and dashboards share.

Ratios are made of two recorded sums, each over the same labels. A denominator of 0 gives no value
instead of NaN, and a missing numerator counts as 0.
"""

from dataclasses import dataclass

from prometheus.durations import TimeScale

#: What the names below look back over. A scaled run shrinks the windows, never the names.
RATE_WINDOW = "5m"
COST_WINDOW = "1h"

REQUESTS = "service:agent_requests:rate5m"
REQUESTS_BY_TENANT = "service_tenant:agent_requests:rate5m"
REQUEST_ERRORS = "service:agent_request_errors:rate5m"
REQUEST_ERROR_RATIO = "service:agent_request_errors_per_requests:ratio_rate5m"
CACHE_LOOKUPS = "service_cache_type:agent_cache_requests:rate5m"
CACHE_HIT_RATIO = "service_cache_type:agent_cache_hits_per_requests:ratio_rate5m"
TOOL_FAILURES = "service_tool:agent_tool_calls_failed:increase5m"
COST = "service:agent_api_cost_usd:increase1h"
COST_BY_TENANT_AND_MODEL = "service_tenant_model:agent_api_cost_usd:increase1h"


@dataclass(frozen=True, slots=True)
class Record:
    """One recording rule: the series' name and its PromQL expression."""

    name: str
    expr: str


def _requests(rate: str) -> list[Record]:
    return [
        Record(
            REQUESTS_BY_TENANT,
            f"sum by (service, tenant_id) (rate(agent_requests_total[{rate}]))",
        ),
        Record(REQUESTS, f"sum by (service) (rate(agent_requests_total[{rate}]))"),
        Record(
            REQUEST_ERRORS,
            f'sum by (service) (rate(agent_requests_total{{status="error"}}[{rate}]))\n'
            f"or\n{REQUESTS} * 0",
        ),
        Record(REQUEST_ERROR_RATIO, f"{REQUEST_ERRORS} / ({REQUESTS} > 0)"),
    ]


def _cache(rate: str) -> list[Record]:
    lookups = "agent_cache_requests_total"
    hits = f'sum by (service, cache_type) (rate({lookups}{{result="hit"}}[{rate}]))'
    return [
        Record(
            CACHE_LOOKUPS,
            f"sum by (service, cache_type) (rate({lookups}[{rate}]))",
        ),
        Record(
            CACHE_HIT_RATIO,
            f"(\n{hits}\nor\n{CACHE_LOOKUPS} * 0\n) / ({CACHE_LOOKUPS} > 0)",
        ),
    ]


def _tools(rate: str) -> list[Record]:
    return [
        Record(
            TOOL_FAILURES,
            "sum by (service, tool_name) "
            f'(increase(agent_tool_calls_total{{status="failed"}}[{rate}]))',
        ),
    ]


def _cost(window: str) -> list[Record]:
    return [
        Record(
            COST_BY_TENANT_AND_MODEL,
            f"sum by (service, tenant_id, model) (increase(agent_api_cost_usd_total[{window}]))",
        ),
        Record(COST, f"sum by (service) ({COST_BY_TENANT_AND_MODEL})"),
    ]


def groups(scale: TimeScale) -> dict[str, list[Record]]:
    """Return the recording rules by group; within a group each may use those before it."""
    rate, cost = scale.window(RATE_WINDOW), scale.window(COST_WINDOW)
    return {
        "requests": _requests(rate),
        "cache": _cache(rate),
        "tools": _tools(rate),
        "cost": _cost(cost),
    }
