"""Takes snapshots of the service from its own metrics, the same that a scrape would show."""

import math
from collections.abc import Iterable, Mapping

from prometheus_client import CollectorRegistry

from agent_telemetry.alerting.counter_window import CounterWindow, quantile
from agent_telemetry.alerting.snapshot import Snapshot
from agent_telemetry.clock import Clock
from agent_telemetry.workers.fork_safety import call_in_child

#: A sample: its name and the labels that matter here, in the order of the table below.
Key = tuple[str, ...]

_COUNTERS: Mapping[str, tuple[str, ...]] = {
    "agent_requests_total": ("status",),
    "agent_request_duration_seconds_bucket": ("le",),
    "agent_chat_latency_seconds_bucket": ("template_id", "le"),
    "agent_tool_calls_total": ("status", "tool_name"),
    "ai_model_calls_total": ("status", "model"),
    "agent_cache_requests_total": ("result", "cache_type"),
    "agent_unpriced_calls_total": ("model",),
    "agent_loop_suspected_total": ("template_id",),
    "telemetry_dropped_total": ("reason", "signal"),
    "telemetry_faults_total": (),
}
_COST_COUNTERS: Mapping[str, tuple[str, ...]] = {
    "agent_api_cost_usd_total": ("model", "tenant_id"),
    "ai_tokens_used_total": ("model",),
}
_GAUGES: Mapping[str, tuple[str, ...]] = {
    "agent_pool_size": (),
    "agent_pool_max_size": (),
    "agent_active_count": (),
    "agent_queue_length": (),
    "agent_active_connections": (),
    "agent_memory_usage_bytes": (),
    "agent_daily_cost_usd": (),
    "agent_budget_limit_usd": ("budget",),
    "agent_budget_spent_usd": ("budget",),
}
_ALL = {**_COUNTERS, **_COST_COUNTERS, **_GAUGES}


class SnapshotReader:
    """Reads the metrics and remembers what they were a window ago.

    Args:
        registry: what a scrape shows; of all workers where there are several.
        clock: where the time comes from.
        window_seconds: what most counts look back over.
        cost_window_seconds: what money and tokens look back over.
        from_zero: whether everything that is counted already counts as of now: true in a process
            that counts for itself and has just begun.
    """

    def __init__(
        self,
        registry: CollectorRegistry,
        clock: Clock,
        *,
        window_seconds: float = 300.0,
        cost_window_seconds: float = 3600.0,
        from_zero: bool = True,
    ) -> None:
        self._registry = registry
        self._clock = clock
        self._begun = self._alone = from_zero
        self._forked_with: Mapping[Key, float] | None = None
        self.look_back(window_seconds, cost_window_seconds)
        call_in_child(self._forked)

    def look_back(self, window_seconds: float, cost_window_seconds: float) -> None:
        """Change the windows; what was counted before then is forgotten.

        Args:
            window_seconds: of most counts.
            cost_window_seconds: of money and tokens.
        """
        self._short: CounterWindow[Key] = CounterWindow(window_seconds)
        self._long: CounterWindow[Key] = CounterWindow(cost_window_seconds)
        if self._begun:
            now = self._clock.monotonic()
            self._short.begin(now, {})
            self._long.begin(now, {})

    @property
    def windows(self) -> tuple[float, float]:
        """Both windows in seconds."""
        return (self._short.seconds, self._long.seconds)

    def begin(self) -> None:
        """Note what is counted already, where that is not of this process's making."""
        if not self._begun:
            values, now = self._values(), self._clock.monotonic()
            self._short.begin(now, _only(values, _COUNTERS))
            self._long.begin(now, _only(values, _COST_COUNTERS))
            self._begun = True

    def read(self) -> Snapshot | None:
        """Return how things are; None in a forked process that has counted nothing of its own."""
        self.begin()
        values, now = self._values(), self._clock.monotonic()
        if self._forked_with is not None:
            if _only(values, {**_COUNTERS, **_COST_COUNTERS}) == self._forked_with:
                return None
            self._forked_with = None
        short = self._short.increases(now, _only(values, _COUNTERS))
        long = self._long.increases(now, _only(values, _COST_COUNTERS))
        return self._snapshot(short, long, values)

    def _values(self, names: Iterable[str] = _ALL) -> dict[Key, float]:
        found: dict[Key, float] = {}
        for family in self._registry.restricted_registry([*names]).collect():
            for sample in family.samples:
                wanted = _ALL.get(sample.name)
                if wanted is None or math.isnan(sample.value):
                    continue
                key = (sample.name, *(sample.labels.get(label, "") for label in wanted))
                found[key] = found.get(key, 0.0) + sample.value
        return found

    def _snapshot(
        self, short: Mapping[Key, float], long: Mapping[Key, float], now: Mapping[Key, float]
    ) -> Snapshot:
        requests = _by(short, "agent_requests_total")
        tokens = _by(long, "ai_tokens_used_total")
        cost = {key[1:]: value for key, value in long.items() if key[0] == _COST}
        look_ups, hits = _cache(short)
        return Snapshot(
            time=self._clock.time(),
            window_seconds=self._short.seconds,
            cost_window_seconds=self._long.seconds,
            requests=sum(requests.values()),
            failed_requests=requests.get("error", 0.0),
            request_p95_seconds=_p95(_by(short, "agent_request_duration_seconds_bucket")),
            chat_p95_seconds=_chat_p95(short),
            tool_failures=_by(short, "agent_tool_calls_total", "failed"),
            model_calls=_sums(_by(short, "ai_model_calls_total", each) for each in _OUTCOMES),
            model_failures=_by(short, "ai_model_calls_total", "error"),
            cache_look_ups=look_ups,
            cache_hits=hits,
            tokens_per_second={each: count / self._long.seconds for each, count in tokens.items()},
            cost_usd=sum(cost.values()),
            cost_by_model=_sums({model: usd} for (model, _), usd in cost.items()),
            cost_by_tenant=_sums({tenant: usd} for (_, tenant), usd in cost.items()),
            cost_today_usd=now.get(("agent_daily_cost_usd",)),
            pool_size=now.get(("agent_pool_size",)),
            pool_max_size=now.get(("agent_pool_max_size",)),
            busy_agents=now.get(("agent_active_count",)),
            queue_length=now.get(("agent_queue_length",)),
            active_connections=now.get(("agent_active_connections",)),
            memory_bytes=now.get(("agent_memory_usage_bytes",)),
            budget_shares=_budget_shares(now),
            unpriced_calls=_by(short, "agent_unpriced_calls_total"),
            suspected_loops=_by(short, "agent_loop_suspected_total"),
            dropped=_dropped(short),
            telemetry_faults=short.get(("telemetry_faults_total",), 0.0),
        )

    def _forked(self) -> None:
        """Begin with nothing: what was counted before the fork was the parent's."""
        self._begun = False
        self._forked_with = None
        self.look_back(*self.windows)

    def begin_after_fork(self) -> None:
        """Note what was inherited, so that a child that does nothing of its own stays silent.

        It is called in the fork and reads counters of this process only. Several workers begin in
        their own time: one speaks for all.
        """
        if not self._alone:
            return
        self._forked_with = self._values([*_COUNTERS, *_COST_COUNTERS])
        now = self._clock.monotonic()
        self._short.begin(now, _only(self._forked_with, _COUNTERS))
        self._long.begin(now, _only(self._forked_with, _COST_COUNTERS))
        self._begun = True


_COST = "agent_api_cost_usd_total"
_OUTCOMES = ("success", "error")


def _only(values: Mapping[Key, float], names: Mapping[str, tuple[str, ...]]) -> dict[Key, float]:
    return {key: value for key, value in values.items() if key[0] in names}


def _by(values: Mapping[Key, float], name: str, *first: str) -> dict[str, float]:
    """Return the values of a family by their last label, where the labels before it are these."""
    wanted = (name, *first)
    return {key[-1]: value for key, value in values.items() if key[:-1] == wanted}


def _sums(parts: Iterable[Mapping[str, float]]) -> dict[str, float]:
    total: dict[str, float] = {}
    for part in parts:
        for key, value in part.items():
            total[key] = total.get(key, 0.0) + value
    return total


def _p95(buckets: Mapping[str, float]) -> float | None:
    return quantile(0.95, {float(bound): count for bound, count in buckets.items()})


def _chat_p95(values: Mapping[Key, float]) -> dict[str, float]:
    name = "agent_chat_latency_seconds_bucket"
    found = {}
    for template in {key[1] for key in values if key[0] == name}:
        seconds = _p95(_by(values, name, template))
        if seconds is not None:
            found[template] = seconds
    return found


def _cache(values: Mapping[Key, float]) -> tuple[dict[str, float], dict[str, float]]:
    hits = _by(values, "agent_cache_requests_total", "hit")
    return _sums([hits, _by(values, "agent_cache_requests_total", "miss")]), hits


def _dropped(values: Mapping[Key, float]) -> dict[str, float]:
    return _sums(
        {key[2]: value}
        for key, value in values.items()
        if key[0] == "telemetry_dropped_total" and key[1] != "sampled"
    )


def _budget_shares(values: Mapping[Key, float]) -> dict[str, float]:
    spent, limits = _by(values, "agent_budget_spent_usd"), _by(values, "agent_budget_limit_usd")
    return {name: usd / limits[name] for name, usd in spent.items() if limits.get(name)}
