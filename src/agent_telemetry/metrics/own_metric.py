"""A counter, gauge or histogram of your own, by the guides' names and shapes."""

from collections.abc import Callable, Mapping
from typing import Any, Self

from agent_telemetry.metrics.family import Family
from agent_telemetry.metrics.finite import checked

Labels = Mapping[str, object]
#: Returns the prometheus-client child for some labels.
ChildOf = Callable[[Labels], Any]
#: Takes a fault: the metric's name and the error.
OnFault = Callable[[str, Exception], None]


class Instrument:
    """One metric by name; children are chosen by labels at each call.

    Label names need not be said before: those of a call are used as they come. Values are bounded
    as everywhere: past the bound they count into ``other``.

    Args:
        family: name, type, help and buckets.
        child_of: gives the child for some labels.
        on_fault: takes what went wrong; nothing is raised.
        fixed: label values that ``labels`` has chosen.
    """

    def __init__(
        self, family: Family, child_of: ChildOf, on_fault: OnFault, fixed: Labels | None = None
    ) -> None:
        self.family = family
        self._child_of = child_of
        self._on_fault = on_fault
        self._fixed = dict(fixed) if fixed is not None else {}

    @property
    def name(self) -> str:
        """The name a user queries."""
        return self.family.name

    @property
    def description(self) -> str:
        """The HELP text."""
        return self.family.help

    @property
    def type(self) -> str:
        """``counter``, ``gauge`` or ``histogram``."""
        return self.family.type

    def labels(self, **values: object) -> Self:
        """Return the same metric with some labels chosen."""
        return type(self)(self.family, self._child_of, self._on_fault, {**self._fixed, **values})

    def _write(self, action: str, amount: float, labels: Labels | None) -> None:
        try:
            chosen = {**self._fixed, **labels} if labels is not None else self._fixed
            getattr(self._child_of(chosen), action)(checked(action, amount))
        except Exception as error:  # noqa: BLE001 -- telemetry never raises into its host
            self._on_fault(self.name, error)


class Counter(Instrument):
    """A number that only grows."""

    def inc(self, amount: float = 1, labels: Labels | None = None) -> None:
        """Add to it; a negative amount is refused and counted as a fault."""
        self._write("inc", amount, labels)


class Gauge(Instrument):
    """A number that goes up and down."""

    def set(self, value: float, labels: Labels | None = None) -> None:
        """Set it."""
        self._write("set", value, labels)

    def inc(self, amount: float = 1, labels: Labels | None = None) -> None:
        """Add to it."""
        self._write("inc", amount, labels)

    def dec(self, amount: float = 1, labels: Labels | None = None) -> None:
        """Take from it."""
        self._write("dec", amount, labels)


class Histogram(Instrument):
    """A distribution, counted in cumulative buckets up to ``+Inf``."""

    def observe(self, value: float, labels: Labels | None = None) -> None:
        """Record a value."""
        self._write("observe", value, labels)
