"""All alerts that are pending, firing or were resolved of late."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from agent_telemetry.alerting.alert import (
    MOST_DESCRIPTION_CHARACTERS,
    MOST_LABEL_CHARACTERS,
    MOST_LABELS,
    Alert,
    Status,
    at,
    rfc3339,
)
from agent_telemetry.alerting.alert_state import AlertState, State
from agent_telemetry.alerting.rule import AlertRule, Breach

Redact = Callable[[str], str]
_Labels = tuple[tuple[str, str], ...]
#: A resolved alert is shown for this long, and remembered for its cooldown.
_SHOWN_SECONDS = 3600.0
_MOST_ALERTS = 1000
_OVER = frozenset({"inactive", "resolved"})


@dataclass
class _Row:
    rule: AlertRule
    state: AlertState
    alert: Alert
    changed_at: datetime
    until: float | None = None


@dataclass(frozen=True)
class Change:
    """What an evaluation made of one alert.

    Attributes:
        alert: as it is now.
        changed: whether it has just begun to fire or has just been resolved.
        tell: whether people are to be told.
    """

    alert: Alert
    changed: bool
    tell: bool


class AlertTable:
    """Steps the state of every alert of every rule.

    Args:
        service: label of every alert.
        redact: takes personal data and secrets out of what leaves the process.
    """

    def __init__(self, service: str, redact: Redact = lambda text: text) -> None:
        self._service = service
        self._redact = redact
        self._rows: dict[tuple[tuple[str, str], _Labels], _Row] = {}

    def step(
        self, rule: AlertRule, breaches: list[Breach], now: float, wall: float
    ) -> list[Change]:
        """Go on with the alerts of one rule.

        Args:
            rule: the rule.
            breaches: what is wrong now.
            now: steady time in seconds.
            wall: seconds since 1970.
        """
        changes, seen = [], set()
        for breach in breaches:
            labels = self._labels(rule, breach.labels)
            key = (rule.key, tuple(sorted(labels.items())))
            row = self._rows.get(key)
            if key in seen or (row is None and not self._has_room()):
                continue
            seen.add(key)
            if row is None:
                row = self._rows[key] = self._new_row(rule, labels, wall)
            row.state.follow(rule.for_seconds, rule.cooldown_seconds)
            row.rule = rule
            text = self._redact(breach.description[:MOST_DESCRIPTION_CHARACTERS])
            changes += self._go_on(row, now, wall, holds=True, value=breach.value, text=text)
        for key, row in self._rows.items():
            if key[0] == rule.key and key not in seen and row.until is None:
                changes += self._go_on(row, now, wall, holds=False)
        return changes

    def announce(
        self, rule: AlertRule, breach: Breach, now: float, wall: float, until: float
    ) -> Change:
        """Have an alert fire, or fire anew with another value, until a moment.

        Args:
            rule: whose alert it is; its condition is not asked.
            breach: what is wrong.
            now: steady time in seconds.
            wall: seconds since 1970.
            until: seconds since 1970 at which it is over by itself.
        """
        labels = self._labels(rule, breach.labels)
        key = (rule.key, tuple(sorted(labels.items())))
        row = self._rows.get(key)
        if row is None or row.state.state != "firing":
            row = self._new_row(rule, labels, wall)
            if key in self._rows or self._has_room():
                self._rows[key] = row
        row.until = until
        row.state.step(now, holds=True)
        text = self._redact(breach.description[:MOST_DESCRIPTION_CHARACTERS])
        row.alert = self._alert(row, "firing", wall, breach.value, text)
        return Change(row.alert, changed=True, tell=True)

    def expire(self, now: float, wall: float) -> list[Change]:
        """End what was announced for a time that is over, and forget what is long over."""
        changes: list[Change] = []
        for row in self._rows.values():
            if row.until is not None and wall >= row.until and row.state.state == "firing":
                changes += self._go_on(row, now, wall, holds=False)
        old = [key for key, row in self._rows.items() if row.state.state in _OVER]
        for key in old:
            if self._is_old(self._rows[key], now):
                del self._rows[key]
        return changes

    def clear(self) -> None:
        """Forget everything; nobody is told."""
        self._rows.clear()

    def rows(self) -> list[dict[str, Any]]:
        """Return what is pending, firing or resolved of late; the most urgent first."""
        order: dict[State, int] = {"firing": 0, "pending": 1, "resolved": 2}
        shown = [row for row in self._rows.values() if row.state.state in order]
        shown.sort(key=lambda row: row.changed_at, reverse=True)
        shown.sort(key=lambda row: order[row.state.state])
        return [_as_dict(row) for row in shown]

    def _go_on(
        self,
        row: _Row,
        now: float,
        wall: float,
        *,
        holds: bool,
        value: float | None = None,
        text: str = "",
    ) -> list[Change]:
        before = row.state.state
        changed, tell = row.state.step(now, holds=holds)
        if row.state.state != before:
            row.changed_at = at(wall)
        if holds:
            row.alert = self._alert(row, "firing", wall, value, text)
        elif changed:
            row.alert = self._alert(row, "resolved", wall, row.alert.value, row.alert.description)
        return [Change(row.alert, changed, tell)] if changed or tell else []

    def _alert(
        self, row: _Row, status: Status, wall: float, value: float | None, text: str
    ) -> Alert:
        began = row.alert.began if status == "resolved" else row.changed_at
        return Alert(
            row.rule.name,
            row.rule.severity,
            text,
            row.alert.labels,
            value,
            at(wall),
            status=status,
            starts_at=began,
            expires_at=at(row.until) if row.until is not None else None,
        )

    def _labels(self, rule: AlertRule, own: Mapping[str, str]) -> dict[str, str]:
        scope = {"scope": rule.scope} if rule.scope else {}
        together = {**own, **rule.labels, **scope, "service": self._service}
        return {
            str(key)[:MOST_LABEL_CHARACTERS]: self._redact(str(value)[:MOST_LABEL_CHARACTERS])
            for key, value in [*together.items()][-MOST_LABELS:]
        }

    def _new_row(self, rule: AlertRule, labels: dict[str, str], wall: float) -> _Row:
        alert = Alert(rule.name, rule.severity, "", labels, None, at(wall))
        state = AlertState(rule.for_seconds, rule.cooldown_seconds)
        return _Row(rule, state, alert, at(wall))

    def _has_room(self) -> bool:
        if len(self._rows) < _MOST_ALERTS:
            return True
        over = [key for key, row in self._rows.items() if row.state.state in _OVER]
        if not over:
            return False
        del self._rows[min(over, key=lambda key: self._rows[key].state.since)]
        return True

    def _is_old(self, row: _Row, now: float) -> bool:
        return now - row.state.since >= max(_SHOWN_SECONDS, row.rule.cooldown_seconds)


def _as_dict(row: _Row) -> dict[str, Any]:
    told = row.alert.as_dict()
    return {
        "name": told["name"],
        "severity": told["severity"],
        "labels": told["labels"],
        "state": row.state.state,
        "since": rfc3339(row.changed_at),
        "value": told["value"],
        "description": told["description"],
    }
