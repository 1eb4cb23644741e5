"""The faults that hit one call."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class CallFaults:
    """The faults that hit one call: their numbers by the fault's name."""

    struck: Mapping[str, Mapping[str, float]] = field(default_factory=dict)

    def __contains__(self, name: str) -> bool:
        return name in self.struck

    def number(self, fault: str, parameter: str) -> float | None:
        """A number of a fault, or None when the fault did not hit."""
        numbers = self.struck.get(fault)
        return None if numbers is None else numbers[parameter]

    @property
    def first_token_delay(self) -> float:
        """Seconds added before the first token."""
        return self.number("slow_first_token", "delay_seconds") or 0.0


NO_FAULTS = CallFaults()
