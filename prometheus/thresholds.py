"""Read thresholds.yml, the one place of every limit, and refuse what makes no sense."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from prometheus import durations

SEVERITIES = ("critical", "warning", "info", "none")
_TEXTS = (
    "alert",
    "scope",
    "severity",
    "group",
    "for",
    "dashboard",
    "panel",
    "summary",
    "description",
)
# `{limit:.0%}` but not Prometheus' own `{{ … }}`.
_PLACEHOLDER = re.compile(r"(?<!\{)\{(\w+)(:[^{}]+)?\}(?!\})")


class BadThresholdError(ValueError):
    """An entry of the thresholds cannot be used; the text names the alert and the field."""


@dataclass(frozen=True, slots=True)
class Alert:
    """One alert as thresholds.yml describes it.

    Attributes:
        name: CamelCase name; several alerts may share it.
        scope: tells alerts of one name apart (request, agent, http, …).
        severity: one of `SEVERITIES`.
        group: rule group, which is also the file it goes to.
        hold: how long the condition must be true (Prometheus' `for`).
        dashboard: uid of the dashboard that shows it.
        panel: key of the panel there.
        summary: one fixed sentence.
        description: text with `{placeholders}` of `settings` and Prometheus templates.
        settings: everything else: limit, window, …
    """

    name: str
    scope: str
    severity: str
    group: str
    hold: str
    dashboard: str
    panel: str
    summary: str
    description: str
    settings: Mapping[str, Any] = field(default_factory=dict)

    def describe(self, values: Mapping[str, Any]) -> str:
        """Return the description with its placeholders filled.

        Raises:
            BadThresholdError: if it names a value that is not there.
        """

        def fill(found: re.Match[str]) -> str:
            if found[1] not in values:
                raise BadThresholdError(f"{self.name}: the description names {{{found[1]}}}")
            return format(values[found[1]], (found[2] or ":")[1:])

        return _PLACEHOLDER.sub(fill, self.description)


@dataclass(frozen=True, slots=True)
class Thresholds:
    """The whole file: how often rules are evaluated, and the alerts in their order."""

    evaluation: str
    alerts: tuple[Alert, ...]


def _alert(entry: Mapping[str, Any]) -> Alert:
    name = f"{entry.get('alert', '?')} (scope {entry.get('scope', '?')})"
    for key in _TEXTS:
        if not isinstance(entry.get(key), str) or not entry[key].strip():
            raise BadThresholdError(f"{name}: `{key}` must be a text")
    if entry["severity"] not in SEVERITIES:
        raise BadThresholdError(f"{name}: severity must be one of {', '.join(SEVERITIES)}")
    for key in ("for", "window"):
        if key in entry:
            try:
                durations.seconds(entry[key])
            except ValueError as error:
                raise BadThresholdError(f"{name}: `{key}`: {error}") from error
    limit = entry.get("limit", 1)
    if not (isinstance(limit, int | float) and limit > 0):
        raise BadThresholdError(f"{name}: `limit` must be a number above 0")
    return Alert(
        name=entry["alert"],
        hold=entry["for"],
        settings={key: value for key, value in entry.items() if key not in _TEXTS},
        **{key: entry[key] for key in _TEXTS if key not in {"alert", "for"}},
    )


def load(path: Path) -> Thresholds:
    """Read a thresholds file.

    Raises:
        BadThresholdError: naming the alert and the field that is wrong.
    """
    document = yaml.safe_load(path.read_text("utf-8"))
    alerts = tuple(_alert(entry) for entry in document["alerts"])
    known: set[tuple[str, str]] = set()
    for alert in alerts:
        if (alert.name, alert.scope) in known:
            raise BadThresholdError(f"{alert.name}: scope {alert.scope} is there twice")
        known.add((alert.name, alert.scope))
    return Thresholds(evaluation=document["evaluation"], alerts=alerts)
