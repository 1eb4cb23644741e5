"""What is known of one metric before anything is measured."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import product
from typing import Literal

FamilyType = Literal["counter", "gauge", "histogram", "summary"]
WorkersMode = Literal["livesum", "max", "mostrecent"]


@dataclass(frozen=True, slots=True)
class Family:
    """One metric family, described once.

    Attributes:
        name: the name a user queries (a counter's ends in ``_total``).
        type: Prometheus type.
        help: one sentence; it becomes the HELP text and the row in the documents.
        labels: label names in the order in which values are passed.
        unit: what one is: ``seconds``, ``USD``, ``tokens``, …
        buckets: upper bounds of a histogram in its unit, ``+Inf`` left out.
        closed: labels whose values are all known; every child of them starts at 0 together,
            so that the first error is seen by ``rate()``.
        scraped: whether it is read at each scrape by ``Metrics.scrape`` instead of being written.
        workers: how the gauges of several workers become one, by the names of prometheus-client's
            multiprocess mode; those that begin with ``live`` go with their worker.
    """

    name: str
    type: FamilyType
    help: str
    labels: tuple[str, ...] = ()
    unit: str = ""
    buckets: tuple[float, ...] = ()
    closed: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    scraped: bool = False
    workers: WorkersMode = "livesum"

    def siblings(self, values: tuple[str, ...]) -> list[tuple[str, ...]]:
        """Return the label values of every child that is born together with this one."""
        choices = [
            self.closed.get(label, (value,))
            for label, value in zip(self.labels, values, strict=True)
        ]
        born = list(product(*choices))
        return born if values in born else [*born, values]

    def values(self, labels: Mapping[str, object]) -> tuple[object, ...]:
        """Return the values of named labels in catalogue order.

        Raises:
            KeyError: a label is missing.
            TypeError: a label is not one of this family's.
        """
        if len(labels) > len(self.labels):
            unknown = sorted(set(labels) - set(self.labels))
            raise TypeError(f"{self.name} has no label {', '.join(unknown)}")
        return tuple([labels[label] for label in self.labels])

    def sample_names(self) -> tuple[str, ...]:
        """Return the names of the series that a scrape shows for this family."""
        if self.type == "histogram":
            return tuple(self.name + end for end in ("_bucket", "_sum", "_count"))
        if self.type == "summary":
            return tuple(self.name + end for end in ("_sum", "_count"))
        return (self.name,)
