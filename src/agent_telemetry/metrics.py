"""The metrics of one service, written by catalogue name into a registry of its own."""

import logging
import threading
from collections.abc import Callable, Iterable
from typing import Any

from opentelemetry.trace import SpanContext
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Summary
from prometheus_client.metrics import MetricWrapperBase

from agent_telemetry.catalogue import FAMILIES
from agent_telemetry.clock import Clock, SystemClock
from agent_telemetry.exemplars import ExemplarHistogram
from agent_telemetry.guard import Guard
from agent_telemetry.label_bounds import FAMILY_CAP, OTHER, LabelBounds, clean
from agent_telemetry.metric_family import Family
from agent_telemetry.scraped_family import Read, ScrapedFamily

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
    """

    def __init__(
        self,
        registry: CollectorRegistry | None = None,
        *,
        guard: Guard | None = None,
        exemplar_seconds: float = 15.0,
        clock: Clock | None = None,
    ) -> None:
        self.registry = registry if registry is not None else CollectorRegistry()
        self._guard = guard if guard is not None else Guard()
        self._bounds = LabelBounds()
        self._writers: dict[str, FamilyWriter] = {}
        steady = clock if clock is not None else SystemClock()
        for family in FAMILIES.values():
            if family.scraped:
                continue
            self._writers[family.name] = FamilyWriter(
                family,
                _collector(family, self.registry, self._guard),
                self._bounds,
                self._overflowed,
                lambda child, family: ExemplarHistogram(
                    child, family.buckets, exemplar_seconds, steady
                ),
            )
        self._overflow = self._writers["telemetry_label_overflow_total"]
        for writer in self._writers.values():
            if set(writer.family.closed) == set(writer.family.labels):
                writer.born(("",) * len(writer.family.labels))

    def family(self, name: str) -> "FamilyWriter":
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
        self, name: str, value: float, *, span: SpanContext | None = None, **labels: object
    ) -> None:
        """Record a value in a histogram or summary; a sampled trace becomes an exemplar."""
        if span is None:
            self._write("observe", name, labels, value)
        else:
            self._write("observe", name, labels, value, span)

    def track(self, name: str, read: Callable[[], float], **labels: object) -> None:
        """Have a gauge read at each scrape instead of set."""
        self._write("set_function", name, labels, read)

    def scrape(self, name: str, read: Read) -> None:
        """Have a family of the catalogue that is marked ``scraped`` read at each scrape.

        Args:
            name: the family's name.
            read: returns label values in catalogue order and the value of each; nothing for a
                child that has no value now. It must be fast and must not block.
        """
        try:
            self.registry.register(ScrapedFamily(FAMILIES[name], read, self._guard))
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

    def expect(self, **values: Iterable[str]) -> None:
        """Create the children of known label values at 0, before anything is counted.

        Args:
            **values: label name → the values to come. A family is prepared when each of its
                labels is closed or named here.
        """
        for writer in self._writers.values():
            writer.prepare(values)

    def _write(self, action: str, name: str, labels: dict[str, object], *args: Any) -> None:
        try:
            writer = self._writers[name]
            getattr(writer.child(*writer.family.values(labels)), action)(*args)
        except Exception as error:  # noqa: BLE001 -- telemetry never raises into its host
            self._guard.fault(f"metrics.{name[:80]}", error)

    def _overflowed(self, label: str) -> None:
        self._overflow.child(label).inc()


class FamilyWriter:
    """Hands out the children of one family, within the bounds."""

    def __init__(
        self,
        family: Family,
        collector: MetricWrapperBase | None,
        bounds: LabelBounds,
        overflowed: Callable[[str], None],
        wrap: Callable[[Any, Family], Any],
    ) -> None:
        self.family = family
        self._collector = collector
        self._bounds = bounds
        self._overflowed = overflowed
        self._wrap = wrap
        self._children: dict[tuple[object, ...], Any] = {}
        self._lock = threading.Lock()

    def child(self, *values: object) -> Any:
        """Return the child for label values in catalogue order; a new one may be ``other``."""
        found = self._children.get(values)
        return found if found is not None else self._admit(values)

    def born(self, values: tuple[str, ...]) -> None:
        """Create the child and its siblings at 0."""
        with self._lock:
            for each in self.family.siblings(values):
                if each not in self._children and (any(each) or not each):
                    self._children[each] = self._make(each)

    def prepare(self, values: dict[str, Iterable[str]]) -> None:
        """Create what ``Metrics.expect`` announced, if every label is known."""
        tuples: list[tuple[str, ...]] = [()]
        for label in self.family.labels:
            known = self.family.closed.get(label, values.get(label))
            if known is None:
                return
            tuples = [(*front, clean(value)) for front in tuples for value in known]
        for each in tuples:
            self.child(*each)

    def _admit(self, values: tuple[object, ...]) -> Any:
        kept = tuple(
            [
                self._bounded(label, clean(v))
                for label, v in zip(self.family.labels, values, strict=True)
            ]
        )
        if kept not in self._children:
            if len(self._children) >= FAMILY_CAP:
                kept = tuple(
                    [
                        v if label in self.family.closed else OTHER
                        for label, v in zip(self.family.labels, kept, strict=True)
                    ]
                )
                self._overflowed(self.family.name)
            self.born(kept)
        return self._children[kept]

    def _bounded(self, label: str, value: str) -> str:
        if value in self.family.closed.get(label, ()):
            return value
        kept = self._bounds.admit(label, value)
        if kept != value:
            self._overflowed(label)
        return kept

    def _make(self, values: tuple[str, ...]) -> Any:
        if self._collector is None:
            return _Nothing()
        child = self._collector.labels(*values) if values else self._collector
        return self._wrap(child, self.family) if self.family.type == "histogram" else child


class _Nothing:
    """Stands in for a family whose name another library already holds in a shared registry."""

    def inc(self, amount: float = 1) -> None:
        """Do nothing."""

    set = set_function = observe = dec = inc


def _collector(
    family: Family, registry: CollectorRegistry, guard: Guard
) -> MetricWrapperBase | None:
    options: dict[str, Any] = {"buckets": family.buckets} if family.buckets else {}
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
