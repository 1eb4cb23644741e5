"""Faults of the provider that can be switched on for a while."""

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from pydantic import BaseModel, ConfigDict, Field

_LONGEST = 86_400


@dataclass(frozen=True)
class Parameter:
    """A number that shapes a fault, with its bounds."""

    default: float
    low: float
    high: float


@dataclass(frozen=True)
class FaultKind:
    """A fault there is. `parameters` are the numbers it may be started with."""

    name: str
    description: str
    parameters: Mapping[str, Parameter] = field(default_factory=dict)


FAULT_KINDS: tuple[FaultKind, ...] = (
    FaultKind("provider_500", "Every call is answered with HTTP 500 server_error."),
    FaultKind(
        "provider_429",
        "Every call is answered with HTTP 429 rate_limit_exceeded and Retry-After.",
        {"retry_after_seconds": Parameter(default=2, low=0, high=3600)},
    ),
    FaultKind(
        "provider_timeout",
        "A call gets no answer for a long time, then HTTP 504.",
        {"hold_seconds": Parameter(default=120, low=0, high=600)},
    ),
    FaultKind(
        "slow_first_token",
        "The first token of a chat completion comes late.",
        {"delay_seconds": Parameter(default=6, low=0, high=600)},
    ),
)
"""All faults, in the order in which they are listed and take effect."""


class FaultStart(BaseModel):
    """Body of a start: how long and how often; other numbers are the fault's own parameters."""

    model_config = ConfigDict(extra="allow")

    duration_seconds: float = Field(default=600, gt=0, le=_LONGEST, allow_inf_nan=False)
    probability: float = Field(default=1, gt=0, le=1, allow_inf_nan=False)


@dataclass(frozen=True)
class RunningFault:
    """A started fault. `until` is when it ends by itself; `probability` is per call, 0 to 1."""

    kind: FaultKind
    until: datetime
    probability: float
    parameters: Mapping[str, float]


def utc_now() -> datetime:
    """The time now, with its zone."""
    return datetime.now(UTC)


class FaultBoard:
    """The faults that run now.

    Args:
        seed: Start of the choices that a probability below 1 needs.
        now: The clock.
        kinds: The faults there are.
    """

    def __init__(
        self,
        *,
        seed: int,
        now: Callable[[], datetime] = utc_now,
        kinds: tuple[FaultKind, ...] = FAULT_KINDS,
    ) -> None:
        self.kinds = {kind.name: kind for kind in kinds}
        self._now = now
        self._draw = random.Random(seed)
        self._running: dict[str, RunningFault] = {}

    @property
    def now(self) -> datetime:
        """The time by the board's clock."""
        return self._now()

    def start(self, fault: RunningFault) -> None:
        """Starts a fault, or starts it anew with other numbers."""
        self._running[fault.kind.name] = fault

    def stop(self, name: str | None = None) -> None:
        """Ends one fault, or all."""
        if name is None:
            self._running.clear()
        else:
            self._running.pop(name, None)

    def running(self, name: str) -> RunningFault | None:
        """The fault if it runs; one whose time is over is forgotten here."""
        fault = self._running.get(name)
        if fault is not None and fault.until <= self._now():
            del self._running[name]
            return None
        return fault

    def strikes(self, name: str) -> RunningFault | None:
        """The fault if it runs and hits this call."""
        fault = self.running(name)
        if fault is None or self._draw.random() >= fault.probability:
            return None
        return fault
