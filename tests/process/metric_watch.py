"""Watches which metric families of the catalogue move while something happens."""

import threading
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from prometheus_client.openmetrics.parser import text_string_to_metric_families

from agent_telemetry.catalogue import FAMILIES

Values = dict[tuple[str, ...], float]


def family_values(page: str) -> dict[str, Values]:
    """Return label values and value of every child by family; counts of histograms, summaries."""
    by_sample: dict[str, Values] = defaultdict(dict)
    for family in text_string_to_metric_families(page):
        for sample in family.samples:
            labels = tuple(sorted(f"{name}={value}" for name, value in sample.labels.items()))
            by_sample[sample.name][labels] = sample.value
    found = {}
    for name, family in FAMILIES.items():
        counted = family.type in {"histogram", "summary"}
        found[name] = by_sample.get(f"{name}_count" if counted else name, {})
    return found


class MetricWatch:
    """Looks at the metrics again and again.

    Args:
        read: returns the page of metrics.

    Attributes:
        moved: families whose values changed between two looks.
        positive: families that had a value above 0 at some look.
        present: families that had any series at some look.
    """

    def __init__(self, read: Callable[[], str]) -> None:
        self._read = read
        self._before: dict[str, Values] | None = None
        self.moved: set[str] = set()
        self.positive: set[str] = set()
        self.present: set[str] = set()

    def look(self) -> dict[str, Values]:
        """Read the page once; return the values by family."""
        now = family_values(self._read())
        for name, values in now.items():
            # A child that is born at 0 has not moved.
            known = {labels: value for labels, value in values.items() if value}
            if values:
                self.present.add(name)
            if any(value > 0 for value in values.values()):
                self.positive.add(name)
            if self._before is not None and known != self._before[name]:
                self.moved.add(name)
        self._before = {
            name: {labels: value for labels, value in values.items() if value}
            for name, values in now.items()
        }
        return now

    def total(self, name: str, **labels: Any) -> float:
        """Return the sum over a family's series with these labels, as they are now."""
        wanted = {f"{label}={value}" for label, value in labels.items()}
        return sum(value for found, value in self.look()[name].items() if wanted <= set(found))

    @contextmanager
    def looking(self, every: float) -> Iterator[None]:
        """Look every so many seconds, as a scraper does, from a thread of its own."""
        ended = threading.Event()
        failures: list[Exception] = []

        def scrape() -> None:
            while not ended.wait(every):
                try:
                    self.look()
                except Exception as error:  # noqa: BLE001 -- raised below, in the test's thread
                    failures.append(error)

        thread = threading.Thread(target=scrape, daemon=True)
        self.look()
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join()
        assert not failures, failures[:3]
        self.look()
