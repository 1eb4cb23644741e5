"""Look-ups in the caches and the share of them that hits."""

from prometheus.durations import TimeScale
from prometheus.recorded.record import RATE_WINDOW, Record

LOOKUPS = "service_cache_type:agent_cache_requests:rate5m"
HIT_RATIO = "service_cache_type:agent_cache_hits_per_requests:ratio_rate5m"


def lookups(window: str) -> str:
    """Return the look-ups a second."""
    return f"sum by (service, cache_type) (rate(agent_cache_requests_total[{window}]))"


def hit_ratio(window: str, of: str) -> str:
    """Return the share of look-ups that hit; without look-ups there is no value.

    Args:
        window: what it looks back over.
        of: PromQL of the look-ups a second over the same window.
    """
    hits = (
        f'sum by (service, cache_type) (rate(agent_cache_requests_total{{result="hit"}}[{window}]))'
    )
    return f"(\n{hits}\nor\n{of} * 0\n) / ({of} > 0)"


def records(scale: TimeScale) -> list[Record]:
    """Return the group's recording rules."""
    window = scale.window(RATE_WINDOW)
    return [Record(LOOKUPS, lookups(window)), Record(HIT_RATIO, hit_ratio(window, LOOKUPS))]
