"""A metric of the host's own: its children may have different label names."""

from collections.abc import Callable, Iterable
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.metrics import MetricWrapperBase
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from agent_telemetry.fork_safety import call_in_child, forkable_lock
from agent_telemetry.label_bounds import FAMILY_CAP, OTHER
from agent_telemetry.metric_family import Family
from agent_telemetry.own_metric import Labels
from agent_telemetry.prometheus_locks import free_locks

#: Most different sets of label names of one metric.
MOST_LABEL_SETS = 16

_CLASSES: dict[str, type[MetricWrapperBase]] = {
    "counter": Counter,
    "gauge": Gauge,
    "histogram": Histogram,
}


class OwnFamily(Collector):
    """Hands out the children of one metric and shows them all under its name.

    Args:
        family: name, type, help and buckets; its labels, where it has any, are always shown.
        bounded: returns a label's value as it may be written.
        overflowed: called with the metric's name when it has too many children.
    """

    def __init__(
        self,
        family: Family,
        bounded: Callable[[str, object], str],
        overflowed: Callable[[str], None],
    ) -> None:
        self._family = family
        self._bounded = bounded
        self._overflowed = overflowed
        self._metrics: dict[tuple[str, ...], MetricWrapperBase] = {}
        self._children: dict[tuple[tuple[str, ...], tuple[str, ...]], Any] = {}
        self._lock = forkable_lock()
        call_in_child(self._forked)
        self._unused = self._make(family.labels)  # checks name and buckets at once
        if family.labels:
            self._metrics[tuple(sorted(family.labels))] = self._unused

    def child(self, labels: Labels) -> Any:
        """Return the child for some labels; when there are too many, the one called ``other``.

        Raises:
            ValueError: the metric is used with too many different sets of label names.
        """
        names = tuple(sorted(labels))
        values = tuple([self._bounded(name, labels[name]) for name in names])
        found = self._children.get((names, values))
        return found if found is not None else self._admit(names, values)

    def describe(self) -> Iterable[Metric]:
        """Return the family without values, so that a clash of names is seen at once."""
        return [Metric(each.name, each.documentation, each.type) for each in self._read()]

    def collect(self) -> Iterable[Metric]:
        """Return the samples of all children as one family; 0 while it was never used."""
        merged: Metric | None = None
        for metric in self._read():
            if merged is None:
                merged = metric
            else:
                merged.samples.extend(metric.samples)
        return [merged] if merged is not None else []

    def _forked(self) -> None:
        free_locks(None, [*self._metrics.values(), self._unused])

    def _read(self) -> list[Metric]:
        with self._lock:
            metrics = list(self._metrics.values()) or [self._unused]
        return [metric for each in metrics for metric in each.collect()]

    def _admit(self, names: tuple[str, ...], values: tuple[str, ...]) -> Any:
        with self._lock:
            metric = self._metrics.get(names)
            if metric is None:
                if len(self._metrics) >= MOST_LABEL_SETS:
                    raise ValueError(f"{self._family.name} has too many sets of label names")
                metric = self._unused if not names else self._make(names)
                self._metrics[names] = metric
            if len(self._children) >= FAMILY_CAP:
                values = (OTHER,) * len(values)
                self._overflowed(self._family.name)
            child = metric.labels(**dict(zip(names, values, strict=True))) if names else metric
            return self._children.setdefault((names, values), child)

    def _make(self, names: tuple[str, ...]) -> MetricWrapperBase:
        options: dict[str, Any] = {}
        if self._family.buckets:
            options["buckets"] = self._family.buckets
        if self._family.type == "gauge":
            options["multiprocess_mode"] = self._family.workers
        # The registry asks this object, which shows all of them as one family.
        nowhere: CollectorRegistry | None = None
        return _CLASSES[self._family.type](
            self._family.name, self._family.help, names, registry=nowhere, **options
        )
