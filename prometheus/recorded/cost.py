"""Money spent on model calls."""

from prometheus import same_hour
from prometheus.durations import TimeScale
from prometheus.recorded.record import DAY, HOUR, Record

COST = "service:agent_api_cost_usd:increase1h"
COST_OF_DAY = "service:agent_api_cost_usd:increase1d"
COST_BEFORE = "service:agent_api_cost_usd:median7d_increase1h"
BY_TENANT_AND_MODEL = "service_tenant_model:agent_api_cost_usd:increase1h"

_SPENT = "agent_api_cost_usd_total"


def spent(window: str, by: str = "service") -> str:
    """Return the USD spent within a window, by the labels given.

    increase() does not see the value that a series is born with, and the first call of a tenant may
    be the dear one. That value is added where the series was born inside the window: it was not
    there before, and its target was scraped more often than it was seen. So a Prometheus that
    starts anew does not take an old total for money just spent; a first call before the very first
    scrape is seen by `created-timestamp-zero-ingestion`.
    """
    return (
        f"sum by ({by}) (\n"
        f"increase({_SPENT}[{window}])\n"
        "or\n"
        "label_replace(\n"
        f"(min_over_time({_SPENT}[{window}]) unless {_SPENT} offset {window})\n"
        f"and (count_over_time({_SPENT}[{window}])"
        f" < on (job, instance, service) group_left () sum_over_time(up[{window}])),\n"
        '"part", "first", "", "")\n'
        ")"
    )


def records(scale: TimeScale) -> list[Record]:
    """Return the group's recording rules."""
    return [
        Record(BY_TENANT_AND_MODEL, spent(scale.window(HOUR), "service, tenant_id, model")),
        Record(COST, f"sum by (service) ({BY_TENANT_AND_MODEL})"),
        Record(COST_OF_DAY, spent(scale.window(DAY))),
        Record(COST_BEFORE, same_hour.median(COST, scale)),
    ]
