"""The guides' metrics registry, on prometheus-client."""

import time
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.metrics import Histogram as PrometheusHistogram

from agent_telemetry.guard import Guard
from agent_telemetry.metrics.entry import metric_entries
from agent_telemetry.metrics.family import Family, FamilyType
from agent_telemetry.metrics.label_bounds import OTHER, KnownSeries, LabelBounds, clean
from agent_telemetry.metrics.own_family import OwnFamily
from agent_telemetry.metrics.own_metric import Counter, Gauge, Histogram, Instrument
from agent_telemetry.workers.fork_safety import forkable_lock
from agent_telemetry.workers.workers import Workers

Kind = TypeVar("Kind", bound=Instrument)

_TYPE_OF: dict[type[Instrument], FamilyType] = {
    Counter: "counter",
    Gauge: "gauge",
    Histogram: "histogram",
}


class MetricsRegistry:
    """Hands out metrics by name: the same name gives the same object.

    Args:
        registry: the prometheus-client registry to join; one of its own by default.
        guard: takes the faults of later calls.
        overflowed: called with the name of a label, or metric, that has too many values.
        find: returns a metric of that name that somebody else already keeps in the registry.
        workers: the workers of the service, when there are several.
        local: where new metrics are put, when the registry shows those of all workers.
    """

    def __init__(
        self,
        registry: CollectorRegistry | None = None,
        *,
        guard: Guard | None = None,
        overflowed: Callable[[str], None] = lambda _name: None,
        find: Callable[[str, type[Instrument]], Instrument | None] = lambda _name, _kind: None,
        workers: Workers | None = None,
        local: CollectorRegistry | None = None,
    ) -> None:
        self.registry = registry if registry is not None else CollectorRegistry()
        self._guard = guard if guard is not None else Guard()
        self._local = local if local is not None else self.registry
        self._workers = workers
        self.bounds = LabelBounds(series=self._series if workers is not None else None)
        self._overflowed = overflowed
        self._find = find
        self._instruments: dict[str, Instrument] = {}
        self._lock = forkable_lock()

    def counter(self, name: str, description: str = "", labels: Sequence[str] = ()) -> Counter:
        """Return a counter; Prometheus shows its name with ``_total`` at the end.

        Args:
            name: with or without ``_total``.
            description: the HELP text.
            labels: label names, when they are known; else those of the calls are used.

        Raises:
            ValueError: the name is taken by another type of metric, or is none that Prometheus
                allows.
        """
        return self._get(Counter, name, description, labels)

    def gauge(self, name: str, description: str = "", labels: Sequence[str] = ()) -> Gauge:
        """Return a gauge; arguments and errors as for ``counter``."""
        return self._get(Gauge, name, description, labels)

    def histogram(
        self,
        name: str,
        description: str = "",
        buckets: Sequence[float] | None = None,
        labels: Sequence[str] = (),
    ) -> Histogram:
        """Return a histogram.

        Args:
            name: best with its unit, such as ``answer_seconds``.
            description: the HELP text.
            buckets: upper bounds in ascending order; ``+Inf`` is added. None: the defaults of
                prometheus-client, .005 to 10.
            labels: label names, when they are known; else those of the calls are used.

        Raises:
            ValueError: as for ``counter``, or the buckets are not in ascending order.
        """
        bounds = buckets if buckets is not None else PrometheusHistogram.DEFAULT_BUCKETS
        return self._get(Histogram, name, description, labels, tuple(bounds))

    def collect(self) -> list[dict[str, Any]]:
        """Return one entry a series of the whole registry.

        Returns:
            name, type, description, labels and timestamp (seconds since 1970, UTC); and value,
            or count, sum and buckets: upper bound as text (``"+Inf"`` the last) → values at or
            below it.
        """
        entries = metric_entries(self.registry.collect(), time.time())
        for entry in entries:
            asked = self._instruments.get(entry["name"])
            if asked is not None:
                entry["name"] = asked.name
        return entries

    def to_prometheus_text(self) -> str:
        """Return the text that ``/metrics`` shows, without exemplars."""
        return generate_latest(self.registry).decode()

    def _get(
        self,
        kind: type[Kind],
        name: str,
        description: str,
        labels: Sequence[str],
        buckets: tuple[float, ...] = (),
    ) -> Kind:
        shown = name
        if kind is Counter and not name.endswith("_total"):
            shown += "_total"
        with self._lock:
            found = self._instruments.get(shown) or self._find(name, kind)
            if found is None:
                found = self._make(kind, name, description, tuple(labels), buckets)
            if not isinstance(found, kind):
                raise ValueError(  # noqa: TRY004 -- the argument's type is right, the name is not
                    f"metric {name} is a {found.type}; it cannot be a {_TYPE_OF[kind]} as well"
                )
            self._instruments[shown] = found
            return found

    def _make(
        self,
        kind: type[Kind],
        name: str,
        description: str,
        labels: tuple[str, ...],
        buckets: tuple[float, ...],
    ) -> Kind:
        family = Family(name, _TYPE_OF[kind], description or name, labels, buckets=buckets)
        own = OwnFamily(family, self._admit, self._overflowed, shared=self._workers is not None)
        try:
            self._local.register(own)
        except ValueError:
            raise ValueError(
                f"metric {name} is already in the registry, as another type or by another owner"
            ) from None
        self.bounds.read_again()
        return kind(family, own.child, self._fault)

    def _series(self) -> KnownSeries:
        found = self._workers.folder.series() if self._workers is not None else {}
        mine = {name.removesuffix("_total") for name in self._instruments}
        return {name: series for name, series in found.items() if name in mine}

    def _fault(self, name: str, error: Exception) -> None:
        self._guard.fault(f"metrics.{name[:80]}", error)

    def _admit(self, label: str, value: object) -> str:
        text = clean(value)
        kept = self.bounds.admit(label, text)
        if kept == OTHER != text:
            self._overflowed(label)
        return kept
