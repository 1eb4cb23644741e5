"""A rule: when something is wrong, how bad that is, and what people are told."""

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from itertools import islice

from agent_telemetry.alerting.snapshot import Snapshot
from agent_telemetry.exceptions import ConfigurationError

#: Most alerts of one rule at a time; further ones are not looked at.
MOST_BREACHES = 100
_COOLDOWN_SECONDS = 300.0
_MOST_SECONDS = 7 * 86_400


@dataclass(frozen=True)
class Breach:
    """One thing that is wrong, where a rule watches several (each tool, each model).

    Attributes:
        value: the number that broke the limit.
        labels: which of them it is.
        description: what people are told; the rule's message when it is empty.
    """

    value: float | None = None
    labels: Mapping[str, str] = field(default_factory=dict)
    description: str = ""


#: What a condition may answer. False, None and nothing mean: all is well, or nothing is known.
Found = bool | Breach | Iterable[Breach] | None


@dataclass(frozen=True)
class AlertRule:
    """When an alert fires.

    Attributes:
        name: the alert's name.
        severity: ``critical``, ``warning``, ``info`` or a word of your own.
        condition: looks at a snapshot and tells whether something is wrong: True, or a ``Breach``
            for each thing that is.
        message: what people are told then.
        value: the number that the condition looks at, for a condition that answers True.
        for_seconds: how long the condition must hold first.
        cooldown_seconds: least time between two notifications that the same alert fires.
        labels: labels of every alert of this rule.
        scope: tells rules of the same name apart; a label too.

    Raises:
        ConfigurationError: a name or severity is empty, or a time is none from 0 to a week.
    """

    name: str
    severity: str
    condition: Callable[[Snapshot], Found]
    message: Callable[[Snapshot], str]
    value: Callable[[Snapshot], float | None] | None = field(default=None, kw_only=True)
    for_seconds: float = field(default=0.0, kw_only=True)
    cooldown_seconds: float = field(default=_COOLDOWN_SECONDS, kw_only=True)
    labels: Mapping[str, str] = field(default_factory=dict, kw_only=True)
    scope: str = field(default="", kw_only=True)

    def __post_init__(self) -> None:
        for what in ("name", "severity"):
            text = getattr(self, what)
            if not isinstance(text, str) or not text.strip() or not text.isprintable():
                raise ConfigurationError(f"alert rule {what}", text, "a printable text")
        for what in ("for_seconds", "cooldown_seconds"):
            seconds = getattr(self, what)
            if not 0 <= seconds <= _MOST_SECONDS:  # not NaN either
                accepted = f"seconds from 0 to {_MOST_SECONDS}"
                raise ConfigurationError(f"alert rule {self.name}: {what}", seconds, accepted)

    @property
    def key(self) -> tuple[str, str]:
        """Name and scope: there is one rule of each."""
        return (self.name, self.scope)

    def look(self, snapshot: Snapshot) -> list[Breach]:
        """Return what is wrong, each with its value and description; at most 100.

        Raises:
            Exception: whatever condition, message or value raise.
        """
        found = self.condition(snapshot)
        if found is None or found is False:
            return []
        if found is True:
            found = Breach(self.value(snapshot) if self.value is not None else None)
        breaches = [found] if isinstance(found, Breach) else list(islice(found, MOST_BREACHES))
        return [self._told(each, snapshot) for each in breaches]

    def _told(self, breach: Breach, snapshot: Snapshot) -> Breach:
        value = breach.value
        if value is not None and not math.isfinite(value):
            value = None
        description = breach.description or str(self.message(snapshot))
        return Breach(value, breach.labels, description)
