"""The metrics of one service, written by catalogue name into a registry of its own."""

import logging
import math
from collections.abc import Callable, Iterable
from typing import Any

from opentelemetry.trace import Span, SpanContext
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Summary
from prometheus_client.metrics import MetricWrapperBase
from prometheus_client.metrics_core import Metric

from agent_telemetry.catalogue import FAMILIES
from agent_telemetry.clock import Clock, SystemClock
from agent_telemetry.guard import Guard
from agent_telemetry.metrics.exemplars import ExemplarHistogram
from agent_telemetry.metrics.family import Family
from agent_telemetry.metrics.family_writer import FamilyWriter
from agent_telemetry.metrics.finite import checked
from agent_telemetry.metrics.label_bounds import KnownSeries, LabelBounds, clean
from agent_telemetry.metrics.scraped_family import BeforeScrape, Read, ScrapedFamily
from agent_telemetry.workers.fork_safety import call_in_child
from agent_telemetry.workers.metrics import WorkerMetrics
from agent_telemetry.workers.prometheus_locks import free_locks
from agent_telemetry.workers.usage import WorkerUsage
from agent_telemetry.workers.workers import Workers

_log = logging.getLogger("agent_telemetry")

_CLASSES: dict[str, type[MetricWrapperBase]] = {
    "counter": Counter,
    "gauge": Gauge,
    "summary": Summary,
    "histogram": Histogram,
}


class Metrics:
    """Writes the catalogue's families.

    Children are kept by their label values and never looked up by keyword on the way of a call;
    a label or a family that is full counts into ``other``.

    Args:
        registry: where the families live; one of its own by default, so that nothing clashes.
        guard: takes the faults.
        exemplar_seconds: least seconds between two exemplars of one series and bucket.
        clock: for the exemplars.
        workers: the workers of the service, when there are several.

    Attributes:
        registry: what a scrape shows. With several workers it is never the one given: it shows
            what all of them counted, in whichever registry.
        local: where the metrics of this process are; the same for one process.
        workers: as above.
        on_cache_request: told about each cache look-up: its cache and whether it hit.
        before_scrape: called at the start of each scrape; must be fast.
    """

    def __init__(
        self,
        registry: CollectorRegistry | None = None,
        *,
        guard: Guard | None = None,
        exemplar_seconds: float = 15.0,
        clock: Clock | None = None,
        workers: Workers | None = None,
    ) -> None:
        self.local = registry if registry is not None else CollectorRegistry()
        self.workers = workers
        self.registry = CollectorRegistry() if workers is not None else self.local
        self._guard = guard if guard is not None else Guard()
        self.bounds = LabelBounds(series=self._series if workers is not None else None)
        self.on_cache_request: Callable[[str, bool], None] | None = None
        self.before_scrape = BeforeScrape(self._guard)
        self.registry.register(self.before_scrape)
        self._writers: dict[str, FamilyWriter] = {}
        steady = clock if clock is not None else SystemClock()
        # prometheus-client keeps no exemplars over several processes.
        interval = exemplar_seconds if workers is None else math.inf
        for family in FAMILIES.values():
            if family.scraped:
                continue
            self._writers[family.name] = FamilyWriter(
                family,
                _collector(family, self.local, self._guard),
                self.bounds,
                self._overflowed,
                lambda child, family: ExemplarHistogram(child, family.buckets, interval, steady),
            )
        self._overflow = self._writers["telemetry_label_overflow_total"]
        for writer in self._writers.values():
            if set(writer.family.closed) == set(writer.family.labels):
                writer.born(("",) * len(writer.family.labels))
        if workers is not None:
            workers.beat.add(self.before_scrape.do)
            self.before_scrape.add(workers.beat.start)
            self.before_scrape.add(workers.gauges.refresh)
            if registry is None:
                self.before_scrape.add(WorkerUsage(self.local).refresh)
            self.registry.register(WorkerMetrics(workers.folder, self._described))
        call_in_child(self._forked)

    def family(self, name: str) -> FamilyWriter:
        """Return the writer of a family, for code on a hot path that keeps it.

        Raises:
            KeyError: the catalogue has no such family.
        """
        return self._writers[name]

    def inc(self, name: str, amount: float = 1, **labels: object) -> None:
        """Add to a counter or gauge; a fault (unknown name, wrong label) is counted, not raised."""
        self._write("inc", name, labels, amount)

    def set(self, name: str, value: float, **labels: object) -> None:
        """Set a gauge."""
        self._write("set", name, labels, value)

    def observe(
        self, name: str, value: float, *, span: Span | SpanContext | None = None, **labels: object
    ) -> None:
        """Record a value in a histogram or summary; a sampled trace becomes an exemplar."""
        if span is None:
            self._write("observe", name, labels, value)
        else:
            self._write("observe", name, labels, value, span)

    def track(self, name: str, read: Callable[[], float], **labels: object) -> None:
        """Have a gauge read at each scrape instead of set."""
        if self.workers is None:
            self._write("set_function", name, labels, _careful(read, self._guard))
            return
        try:
            writer = self._writers[name]
            self.workers.gauges.add(writer.child(*writer.family.values(labels)), read)
        except Exception as error:  # noqa: BLE001 -- telemetry never raises into its host
            self._guard.fault(f"metrics.{name[:80]}", error)

    def scrape(self, name: str, read: Read) -> None:
        """Have a family of the catalogue that is marked ``scraped`` read at each scrape.

        Args:
            name: the family's name.
            read: returns label values in catalogue order and the value of each; nothing for a
                child that has no value now. It must be fast and must not block.
        """
        try:
            self.registry.register(
                ScrapedFamily(FAMILIES[name], read, self._guard, self.bounds.shown)
            )
        except ValueError:
            _clash(name, self._guard)
        except Exception as error:  # noqa: BLE001 -- telemetry never raises into its host
            self._guard.fault(f"metrics.{name[:80]}", error)

    def cache_request(self, cache_type: str, *, hit: bool, tenant_id: str | None = None) -> None:
        """Count one look-up in a cache."""
        self.inc(
            "agent_cache_requests_total",
            cache_type=cache_type,
            tenant_id=tenant_id or "unknown",
            result="hit" if hit else "miss",
        )
        if self.on_cache_request is not None:
            self.on_cache_request(cache_type, hit)

    def bounded(self, label: str, value: object) -> str:
        """Return a label value as it is written: clean, or ``other`` when the label is full."""
        return self.bounds.admit(label, clean(value))

    def expect(self, **values: Iterable[str]) -> None:
        """Create the children of known label values at 0, before anything is counted.

        Args:
            **values: label name → the values to come. A family is prepared when each of its
                labels is closed or named here.
        """
        for writer in self._writers.values():
            writer.prepare(values)

    def at_work(self) -> None:
        """Say that this process has begun to serve; cheap, and nothing for one process."""
        if self.workers is not None:
            self.workers.beat.start()

    def _write(self, action: str, name: str, labels: dict[str, object], *args: Any) -> None:
        try:
            if args and action != "set_function":
                checked(action, args[0])
            writer = self._writers[name]
            getattr(writer.child(*writer.family.values(labels)), action)(*args)
        except Exception as error:  # noqa: BLE001 -- telemetry never raises into its host
            self._guard.fault(f"metrics.{name[:80]}", error)

    def _overflowed(self, label: str) -> None:
        self._overflow.child(label).inc()

    def _described(self) -> list[Metric]:
        collectors = [writer.collector for writer in self._writers.values()]
        return [family for each in collectors if each is not None for family in each.describe()]

    def _series(self) -> KnownSeries:
        if self.workers is None:
            return {}
        try:
            found = self.workers.folder.series()
        except OSError as error:
            self._guard.fault("metrics.series", error)
            return {}
        names = {name.removesuffix("_total") for name in self._writers}
        return {name: series for name, series in found.items() if name in names}

    def _forked(self) -> None:
        collectors = [writer.collector for writer in self._writers.values()]
        free_locks(self.local, [each for each in collectors if each is not None])


def _collector(
    family: Family, registry: CollectorRegistry, guard: Guard
) -> MetricWrapperBase | None:
    options: dict[str, Any] = {"buckets": family.buckets} if family.buckets else {}
    if family.type == "gauge":
        options["multiprocess_mode"] = family.workers
    try:
        return _CLASSES[family.type](
            family.name, family.help, family.labels, registry=registry, **options
        )
    except ValueError:
        _clash(family.name, guard)
        return None


def _clash(name: str, guard: Guard) -> None:
    if guard.first_time(f"clash.{name}"):
        _log.warning("metric %s is already in the registry and is left to its owner", name)


def _careful(read: Callable[[], float], guard: Guard) -> Callable[[], float]:
    """Return a reading that never raises: a gauge that cannot be read must not cost the scrape."""

    def value() -> float:
        try:
            return float(read())
        except Exception as error:  # noqa: BLE001 -- telemetry never raises into its host
            guard.fault("tracked_gauge", error)
            return math.nan

    return value
