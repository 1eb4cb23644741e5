"""Who is there and how runs end: true counts over the last five minutes, in bounded memory."""

from collections.abc import Callable
from typing import Any

from agent_telemetry.clock import Clock, SystemClock
from agent_telemetry.metrics.metrics import Metrics
from agent_telemetry.sliding_window import WINDOW_SECONDS, DistinctWindow, SumsWindow
from agent_telemetry.workers.fork_safety import call_in_child
from agent_telemetry.workers.window_exchange import WindowExchange


class Activity:
    """Feeds the gauges that say what went on in the last five minutes, in all workers.

    Args:
        metrics: shows the gauges at each scrape.
        clock: where the time comes from.
    """

    def __init__(self, metrics: Metrics, clock: Clock | None = None) -> None:
        steady = clock if clock is not None else SystemClock()
        self._metrics = metrics
        self._users = DistinctWindow(steady)
        self._tenants = DistinctWindow(steady)
        self._look_ups = SumsWindow(steady)
        self._runs = SumsWindow(steady)
        self._exchange: WindowExchange | None = None
        self._key_of: Callable[[str], int] = hash
        if metrics.workers is not None:
            folder = metrics.workers.folder
            self._exchange = WindowExchange(folder, self._state, WINDOW_SECONDS)
            self._key_of = self._exchange.key_of
            metrics.before_scrape.add(self._exchange.write)  # at each beat too
        metrics.on_cache_request = self.cache_request
        metrics.scrape(
            "agent_concurrent_users", lambda: {(): self._users.count(self._others("users"))}
        )
        metrics.scrape(
            "agent_active_tenants", lambda: {(): self._tenants.count(self._others("tenants"))}
        )
        metrics.scrape("agent_cache_hit_rate", self._hit_rates)
        metrics.scrape("agent_success_rate", self._success_rates)
        metrics.scrape("agent_avg_response_time_seconds", self._average_times)
        call_in_child(self._forked)

    def seen(self, user_id: str | None, tenant_id: str | None) -> None:
        """Note who is there now; of a user only a hash is kept."""
        self._metrics.at_work()
        if user_id:
            self._users.see(self._key_of(str(user_id)))
        if tenant_id:
            self._tenants.see(self._key_of(str(tenant_id)))

    def cache_request(self, cache_type: str, hit: bool) -> None:  # noqa: FBT001 -- a hook's shape
        """Note one look-up in a cache."""
        self._look_ups.add(self._metrics.bounded("cache_type", cache_type), float(hit))

    def run_ended(self, template_id: str, seconds: float, *, succeeded: bool) -> None:
        """Note the end of a run of an agent.

        Args:
            template_id: what ran; past the label's bound it counts as ``other``.
            seconds: its time.
            succeeded: whether it came to the model's normal end.
        """
        if not self._runs.knows(template_id):
            template_id = self._metrics.bounded("template_id", template_id)
        self._metrics.at_work()
        self._runs.add(template_id, float(succeeded), seconds)

    def _others(self, name: str) -> list[Any]:
        if self._exchange is None:
            return []
        return [state[name] for state in self._exchange.others() if name in state]

    def _state(self) -> dict[str, Any]:
        return {
            "users": self._users.entries(),
            "tenants": self._tenants.entries(),
            "look_ups": self._look_ups.entries(),
            "runs": self._runs.entries(),
        }

    def _forked(self) -> None:
        """Begin with nothing: what was seen before was seen by the parent."""
        for window in (self._users, self._tenants, self._look_ups, self._runs):
            window.clear()
        if self._exchange is not None:
            self._exchange.forked()

    def _hit_rates(self) -> dict[tuple[str, ...], float]:
        found = self._look_ups.totals(self._others("look_ups")).items()
        return {(kind,): 100 * hits / count for kind, (count, hits, _) in found}

    def _success_rates(self) -> dict[tuple[str, ...], float]:
        found = self._runs.totals(self._others("runs")).items()
        return {(template,): good / count for template, (count, good, _) in found}

    def _average_times(self) -> dict[tuple[str, ...], float]:
        found = self._runs.totals(self._others("runs")).items()
        return {(template,): seconds / count for template, (count, _, seconds) in found}
