"""A metric of the host's own: its children may have different label names."""

from collections.abc import Callable, Iterable
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.metrics import MetricWrapperBase
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from agent_telemetry.metrics.family import Family
from agent_telemetry.metrics.label_bounds import FAMILY_CAP, OTHER
from agent_telemetry.metrics.own_metric import Labels
from agent_telemetry.workers.fork_safety import call_in_child, forkable_lock
from agent_telemetry.workers.prometheus_locks import free_locks

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
        shared: whether several workers write it. Then it is shown once it is used: a value without
            labels could not be taken back.
    """

    def __init__(
        self,
        family: Family,
        bounded: Callable[[str, object], str],
        overflowed: Callable[[str], None],
        *,
        shared: bool = False,
    ) -> None:
        self._family = family
        self._bounded = bounded
        self._overflowed = overflowed
        self._metrics: dict[tuple[str, ...], MetricWrapperBase] = {}
        self._children: dict[tuple[tuple[str, ...], tuple[str, ...]], Any] = {}
        self._lock = forkable_lock()
        call_in_child(self._forked)
        # This checks name and buckets at once.
        unused = self._make(family.labels or (("unused",) if shared else ()))
        self._unused = None if shared and not family.labels else unused
        if family.labels:
            self._metrics[tuple(sorted(family.labels))] = unused

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
        name = self._family.name
        if self._family.type == "counter":
            name = name.removesuffix("_total")
        return [Metric(name, self._family.help, self._family.type)]

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
        metrics = list(self._metrics.values())
        free_locks(None, metrics if self._unused is None else [*metrics, self._unused])

    def _read(self) -> list[Metric]:
        with self._lock:
            metrics = list(self._metrics.values())
        if not metrics and self._unused is not None:
            metrics = [self._unused]
        return [metric for each in metrics for metric in each.collect()]

    def _admit(self, names: tuple[str, ...], values: tuple[str, ...]) -> Any:
        with self._lock:
            metric = self._metrics.get(names)
            if metric is None:
                if len(self._metrics) >= MOST_LABEL_SETS:
                    raise ValueError(f"{self._family.name} has too many sets of label names")
                metric = self._make(names) if names or self._unused is None else self._unused
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
