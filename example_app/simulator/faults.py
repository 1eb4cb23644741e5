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
    FaultKind(
        "provider_500",
        "Every call is answered with HTTP 500, or with another 5xx by `status`: 503, or 529, which"
        " is Anthropic's overloaded_error.",
        {"status": Parameter(default=500, low=500, high=599)},
    ),
    FaultKind(
        "provider_429",
        "Every call is answered with HTTP 429 and Retry-After.",
        {"retry_after_seconds": Parameter(default=2, low=0, high=3600)},
    ),
    FaultKind(
        "provider_timeout",
        "A call gets no answer for a long time, then HTTP 504.",
        {"hold_seconds": Parameter(default=120, low=0, high=600)},
    ),
    FaultKind(
        "slow_first_token",
        "The first token of an answer comes late.",
        {"delay_seconds": Parameter(default=6, low=0, high=600)},
    ),
    FaultKind(
        "cut_stream",
        "The connection breaks in the middle of an answer, after the given share of it: a stream"
        " has no end mark and no usage.",
        {"share": Parameter(default=0.5, low=0, high=0.95)},
    ),
    FaultKind(
        "malformed_tool_json",
        "The arguments of tool calls are broken JSON: cut off, or with a trailing comma.",
        {"trailing_comma": Parameter(default=0, low=0, high=1)},
    ),
    FaultKind(
        "tool_loop",
        "The model calls the same tool with the same arguments again and again, never answers.",
    ),
    FaultKind(
        "token_burst",
        "Answers are huge: many completion tokens are counted, of which a bounded text is sent.",
        {
            "completion_tokens": Parameter(default=30_000, low=1, high=200_000),
            "text_characters": Parameter(default=4_000, low=1, high=100_000),
        },
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

    @property
    def idle(self) -> bool:
        """Whether nothing was started, the usual case."""
        return not self._running

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
