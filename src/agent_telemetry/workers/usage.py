"""CPU, memory and open files of all workers together, under the names that one process has."""

from typing import Final, Literal

from prometheus_client import CollectorRegistry, Counter, Gauge, ProcessCollector

#: What does not add up: the latest start, the highest limit.
_HIGHEST: Final = frozenset({"process_start_time_seconds", "process_max_fds"})


class WorkerUsage:
    """Writes down this process's ``process_*`` numbers, so that those of all workers add up.

    The families are made at the first call: a process that only forks workers shows none.

    Args:
        registry: where the families are.
    """

    def __init__(self, registry: CollectorRegistry) -> None:
        self._registry = registry
        self._process = ProcessCollector(registry=CollectorRegistry())
        self._counters: dict[str, Counter] = {}
        self._gauges: dict[str, Gauge] = {}

    def refresh(self) -> None:
        """Write the numbers down."""
        for family in self._process.collect():
            for sample in family.samples:
                if family.type == "counter":
                    counter = self._counter(family.name, family.documentation)
                    # In a forked child both begin at 0.
                    counted = next(iter(counter.collect())).samples[0].value
                    counter.inc(max(0.0, sample.value - counted))
                else:
                    self._gauge(family.name, family.documentation).set(sample.value)

    def _counter(self, name: str, text: str) -> Counter:
        if name not in self._counters:
            self._counters[name] = Counter(name, text, registry=self._registry)
        return self._counters[name]

    def _gauge(self, name: str, text: str) -> Gauge:
        if name not in self._gauges:
            mode: Literal["livemax", "livesum"] = "livemax" if name in _HIGHEST else "livesum"
            self._gauges[name] = Gauge(name, text, registry=self._registry, multiprocess_mode=mode)
        return self._gauges[name]
