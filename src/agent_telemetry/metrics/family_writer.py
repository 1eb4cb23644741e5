"""The children of one family of the catalogue, bounded when they are made."""

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any

from prometheus_client.metrics import MetricWrapperBase

from agent_telemetry.metrics.family import Family
from agent_telemetry.metrics.label_bounds import FAMILY_CAP, OTHER, LabelBounds, Labels, clean
from agent_telemetry.workers.fork_safety import forkable_lock


class FamilyWriter:
    """Hands out the children of one family, within the bounds.

    Args:
        family: what it writes.
        collector: the metric; None when its name belongs to somebody else.
        bounds: the bounds of the labels.
        overflowed: called with the name of a label, or of the family, that is full.
        wrap: makes what a histogram's child is written through.
    """

    def __init__(
        self,
        family: Family,
        collector: MetricWrapperBase | None,
        bounds: LabelBounds,
        overflowed: Callable[[str], None],
        wrap: Callable[[Any, Family], Any],
    ) -> None:
        self.family = family
        self.collector = collector
        self._bounds = bounds
        self._overflowed = overflowed
        self._wrap = wrap
        self._children: dict[tuple[object, ...], Any] = {}
        self._lock = forkable_lock()
        self._known: Collection[Labels] = ()
        self._others: set[tuple[str, ...]] = set()
        self._full = False

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

    def prepare(self, values: Mapping[str, Iterable[str]]) -> None:
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
            if self._is_full(kept):
                kept = tuple(
                    [
                        v if label in self.family.closed else OTHER
                        for label, v in zip(self.family.labels, kept, strict=True)
                    ]
                )
                self._overflowed(self.family.name)
            self.born(kept)
        return self._children[kept]

    def _is_full(self, values: tuple[str, ...]) -> bool:
        """Return whether there is no room for one more child, those of other workers included."""
        known = self._bounds.known(self.family.name.removesuffix("_total"))
        if known is not self._known:
            self._known, self._full = known, False
            labels = self.family.labels
            self._others = {tuple([dict(each)[label] for label in labels]) for each in known}
        if not self._full:
            self._full = len(self._others | self._children.keys()) >= FAMILY_CAP
        return self._full and values not in self._others

    def _bounded(self, label: str, value: str) -> str:
        if value in self.family.closed.get(label, ()):
            return value
        kept = self._bounds.admit(label, value)
        if kept == OTHER != value:
            self._overflowed(label)
        return kept

    def _make(self, values: tuple[str, ...]) -> Any:
        if self.collector is None:
            return _Nothing()
        child = self.collector.labels(*values) if values else self.collector
        return self._wrap(child, self.family) if self.family.type == "histogram" else child


class _Nothing:
    """Stands in for a family whose name another library already holds in a shared registry."""

    def inc(self, *_args: object) -> None:
        """Do nothing."""

    set = set_function = observe = dec = inc
