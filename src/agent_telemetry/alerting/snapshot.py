"""What is known about the service at one moment: what the conditions of alerts look at."""

from collections.abc import Mapping
from dataclasses import dataclass, field

Numbers = Mapping[str, float]


def _none() -> Numbers:
    return {}


@dataclass(frozen=True, kw_only=True)
class Snapshot:
    """Counts of the last minutes and gauges of now.

    With ``PROMETHEUS_MULTIPROC_DIR`` they are of all workers, otherwise of this process. What is
    not known is None or missing, never 0.

    Attributes:
        time: seconds since 1970.
        window_seconds: what the counts look back over.
        cost_window_seconds: what money and tokens look back over.
        requests: requests to the agent.
        failed_requests: those that ended in ``error`` (5xx, time-out, pool full).
        request_p95_seconds: 95th percentile of their time, from the buckets of the metric.
        chat_p95_seconds: the same of chats, by template.
        tool_failures: failed calls by tool.
        model_calls: calls by model.
        model_failures: failed calls by model.
        cache_look_ups: look-ups by cache.
        cache_hits: those that hit.
        tokens_per_second: by model, over ``cost_window_seconds``.
        cost_usd: money spent within ``cost_window_seconds``.
        cost_by_model: the same by model.
        cost_by_tenant: the same by tenant.
        cost_today_usd: money spent since midnight UTC, by all workers that share the ledger.
        pool_size: live agents.
        pool_max_size: most agents; None or 0 without a pool.
        busy_agents: agents that are busy.
        queue_length: chats that wait for an agent.
        active_connections: requests in flight.
        memory_bytes: resident memory.
        budget_shares: spent share of each budget in its window, 0 to 1 and above.
        unpriced_calls: calls by model that no price is known of.
        suspected_loops: runs that look like a loop, by template.
        dropped: telemetry that was given up, by signal; what sampling left out is not in it.
        telemetry_faults: faults of the library.
    """

    time: float
    window_seconds: float = 300.0
    cost_window_seconds: float = 3600.0
    requests: float = 0.0
    failed_requests: float = 0.0
    request_p95_seconds: float | None = None
    chat_p95_seconds: Numbers = field(default_factory=_none)
    tool_failures: Numbers = field(default_factory=_none)
    model_calls: Numbers = field(default_factory=_none)
    model_failures: Numbers = field(default_factory=_none)
    cache_look_ups: Numbers = field(default_factory=_none)
    cache_hits: Numbers = field(default_factory=_none)
    tokens_per_second: Numbers = field(default_factory=_none)
    cost_usd: float = 0.0
    cost_by_model: Numbers = field(default_factory=_none)
    cost_by_tenant: Numbers = field(default_factory=_none)
    cost_today_usd: float | None = None
    pool_size: float | None = None
    pool_max_size: float | None = None
    busy_agents: float | None = None
    queue_length: float | None = None
    active_connections: float | None = None
    memory_bytes: float | None = None
    budget_shares: Numbers = field(default_factory=_none)
    unpriced_calls: Numbers = field(default_factory=_none)
    suspected_loops: Numbers = field(default_factory=_none)
    dropped: Numbers = field(default_factory=_none)
    telemetry_faults: float = 0.0

    @property
    def error_ratio(self) -> float | None:
        """Share of requests that failed, 0 to 1; None without requests."""
        return self.failed_requests / self.requests if self.requests > 0 else None

    @property
    def pool_share(self) -> float | None:
        """Live agents as a share of the most; None without a pool."""
        if self.pool_size is None or not self.pool_max_size:
            return None
        return self.pool_size / self.pool_max_size

    def cache_hit_ratio(self, cache_type: str) -> float | None:
        """Return the share of a cache's look-ups that hit, 0 to 1; None without look-ups."""
        look_ups = self.cache_look_ups.get(cache_type, 0.0)
        return self.cache_hits.get(cache_type, 0.0) / look_ups if look_ups > 0 else None
