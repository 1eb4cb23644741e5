"""A family whose values are read at each scrape; what has no value is left out, never 0 or NaN."""

from collections.abc import Callable, Iterable, Mapping

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from agent_telemetry.guard import Guard
from agent_telemetry.metrics.family import Family
from agent_telemetry.metrics.label_bounds import clean
from agent_telemetry.workers.fork_safety import forkable_lock

#: Label values in catalogue order (``()`` for a family without labels) and the value now.
Read = Callable[[], Mapping[tuple[str, ...], float]]


class BeforeScrape(Collector):
    """Does what has to be done before a scrape; registered first, it has no family of its own.

    Args:
        guard: takes the faults.
    """

    def __init__(self, guard: Guard) -> None:
        self._guard = guard
        self._tasks: list[Callable[[], None]] = []
        self._lock = forkable_lock()

    def add(self, task: Callable[[], None]) -> None:
        """Have a task done at the start of each scrape."""
        self._tasks.append(task)

    def describe(self) -> Iterable[Metric]:
        """Return no family."""
        return []

    def collect(self) -> Iterable[Metric]:
        """Do the tasks; return no family."""
        self.do()
        return []

    def do(self) -> None:
        """Do the tasks, in one thread at a time."""
        with self._lock:
            for task in self._tasks:
                try:
                    task()
                except Exception as error:  # noqa: BLE001 -- telemetry never raises into its host
                    self._guard.fault("scrape.before", error)


class ScrapedFamily(Collector):
    """Reads one family; a source that raises is counted and gives no value.

    Args:
        family: a gauge or a counter.
        read: called at each scrape; must not block.
        guard: takes the faults.
        shown: returns a label's value as it may be shown; as it is by default.
    """

    def __init__(
        self,
        family: Family,
        read: Read,
        guard: Guard,
        shown: Callable[[str, str], str] = lambda label, value: value,  # noqa: ARG005
    ) -> None:
        self._family = family
        self._read = read
        self._guard = guard
        self._shown = shown

    def describe(self) -> Iterable[Metric]:
        """Return the family without values, so that registering it reads nothing."""
        return [self._empty()]

    def collect(self) -> Iterable[Metric]:
        """Return the family with its values now."""
        found = self._empty()
        try:
            names = self._family.labels
            told: dict[tuple[str, ...], float] = {}
            for labels, value in self._read().items():
                pairs = zip(names, labels, strict=True)
                told.setdefault(tuple([self._shown(name, clean(e)) for name, e in pairs]), value)
            for shown, value in told.items():  # two that look alike would cost the whole scrape
                found.add_metric(shown, value)
        except Exception as error:  # noqa: BLE001 -- telemetry never raises into its host
            self._guard.fault(f"scrape.{self._family.name}", error)
        return [found]

    def _empty(self) -> CounterMetricFamily | GaugeMetricFamily:
        kind = CounterMetricFamily if self._family.type == "counter" else GaugeMetricFamily
        return kind(self._family.name, self._family.help, labels=self._family.labels)
