"""Read thresholds.yml, the one place of every number, and refuse what makes no sense."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from prometheus import durations, strict_yaml
from prometheus.bad_rule import BadRuleError
from prometheus.objectives.objective import Objective
from prometheus.objectives.objective import read as objectives_of

SEVERITIES = ("critical", "warning", "info", "none")
#: What every alert may have; everything else are settings of its condition.
_OF_ALL = ("severity", "for", "keep_firing_for")


@dataclass(frozen=True, slots=True)
class Alert:
    """One alert as thresholds.yml describes it.

    Attributes:
        name: CamelCase name; several alerts may share it.
        scope: tells alerts of one name apart (request, agent, http, …).
        severity: one of `SEVERITIES`.
        group: rule group, which is also the file it goes to.
        hold: how long the condition must be true (Prometheus' `for`).
        keep: how long it goes on firing when the condition is false (`keep_firing_for`), or empty.
        settings: what its condition takes: limit, window, …
    """

    name: str
    scope: str
    severity: str
    group: str
    hold: str
    keep: str = ""
    settings: Mapping[str, Any] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """Return what the alert is called in every file: name/scope."""
        return f"{self.name}/{self.scope}"


@dataclass(frozen=True, slots=True)
class Thresholds:
    """The whole file.

    Attributes:
        evaluation: how often each group is evaluated; `default` is those that are not named.
        alerts: in their order.
        objectives: what is promised over seven days.
    """

    evaluation: Mapping[str, str]
    alerts: tuple[Alert, ...]
    objectives: tuple[Objective, ...] = ()

    def interval(self, group: str) -> str:
        """Return how often a group is evaluated."""
        return self.evaluation.get(group, self.evaluation["default"])


def is_duration(key: str) -> bool:
    """Tell whether a key of thresholds.yml holds a duration (`for`, `window`, `long_window`, …)."""
    return key in {"for", "keep_firing_for"} or key.rpartition("_")[2] == "window"


def _check(name: str, key: str, value: object) -> None:
    if is_duration(key):
        try:
            durations.seconds(str(value))
        except ValueError as error:
            raise BadRuleError(f"{name}: `{key}`: {error}") from error
    elif isinstance(value, bool) or not isinstance(value, int | float | str):
        raise BadRuleError(f"{name}: `{key}` must be a number or a text")
    elif isinstance(value, int | float) and value <= 0:
        raise BadRuleError(f"{name}: `{key}` must be a number above 0")
    elif not str(value).strip():
        raise BadRuleError(f"{name}: `{key}` is empty")


def _alert(group: str, key: str, entry: object) -> Alert:
    name, _, scope = key.partition("/")
    if not (name and scope and isinstance(entry, dict)):
        raise BadRuleError(f"{key}: an alert is written `Name/scope: {{severity: …, for: …}}`")
    for needed in ("severity", "for"):
        if needed not in entry:
            raise BadRuleError(f"{key}: `{needed}` is missing")
    for each, value in entry.items():
        _check(key, each, value)
    if entry["severity"] not in SEVERITIES:
        raise BadRuleError(f"{key}: severity must be one of {', '.join(SEVERITIES)}")
    return Alert(
        name=name,
        scope=scope,
        severity=entry["severity"],
        group=group,
        hold=entry["for"],
        keep=entry.get("keep_firing_for", ""),
        settings={each: value for each, value in entry.items() if each not in _OF_ALL},
    )


def _merged(base: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    """Return the alerts of thresholds.yml with what a preset says instead, and its own alerts."""
    groups = {group: {k: dict(v) for k, v in alerts.items()} for group, alerts in base.items()}
    for group, alerts in other.items():
        there = groups.setdefault(group, {})
        for key, values in alerts.items():
            if key not in there and any(key in other_group for other_group in groups.values()):
                raise BadRuleError(f"{key}: is not of the group {group}")
            there[key] = there.get(key, {}) | values
    return groups


def load(path: Path, preset: Path | None = None) -> Thresholds:
    """Read a thresholds file.

    Args:
        path: of thresholds.yml.
        preset: a file of the same form with only what differs: values of an alert, or an alert
            that only this preset has.

    Raises:
        BadRuleError: naming the alert and the key that is wrong.
    """
    document = strict_yaml.read(path)
    if preset:
        other = strict_yaml.read(preset)
        document = {
            "evaluation": document["evaluation"] | other.pop("evaluation", {}),
            "objectives": document.get("objectives", {}) | other.pop("objectives", {}),
            "alerts": _merged(document["alerts"], other.pop("alerts")),
        } | other
    if unknown := document.keys() - {"evaluation", "objectives", "alerts"}:
        known = "`evaluation`, `objectives` and `alerts`"
        raise BadRuleError(f"{', '.join(sorted(unknown))}: there are {known}")
    for group, interval in document["evaluation"].items():
        _check("evaluation", f"{group}_window", interval)
        if group != "default" and group not in document["alerts"]:
            raise BadRuleError(f"evaluation: there is no group {group}")
    alerts = [
        _alert(group, key, entry)
        for group, entries in document["alerts"].items()
        for key, entry in entries.items()
    ]
    keys = [alert.key for alert in alerts]
    if twice := sorted({key for key in keys if keys.count(key) > 1}):
        raise BadRuleError(f"{', '.join(twice)} is there twice")
    return Thresholds(
        evaluation=document["evaluation"],
        alerts=tuple(alerts),
        objectives=objectives_of(document.get("objectives", {})),
    )
