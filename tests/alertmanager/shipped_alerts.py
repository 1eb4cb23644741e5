"""Every alert that can reach Alertmanager: Prometheus' rules and those of Loki's ruler, as data."""

from functools import cache
from typing import Any

import yaml

from tests.config.compose_files import ROOT
from tests.config.promql_names import asked_by

_FILES = (
    "prometheus/alerts/*.yml",
    "loki/rules/**/*.yml",
    "prometheus/presets/*/alerts/*.yml",
)


@cache
def shipped_alerts() -> tuple[dict[str, Any], ...]:
    """Return every alerting rule as its file has it; of the presets those that differ."""
    found: dict[str, dict[str, Any]] = {}
    for pattern in _FILES:
        for path in sorted(ROOT.glob(pattern)):
            groups = yaml.safe_load(path.read_text("utf-8"))["groups"] or []
            rules = [rule for group in groups for rule in group["rules"] if "alert" in rule]
            found = {alert_name(rule): rule for rule in rules} | found
    return tuple(found[name] for name in sorted(found))


def alert_name(rule: dict[str, Any]) -> str:
    """Return name, scope and severity, which tell an alert from all others."""
    labels = rule["labels"]
    return f"{rule['alert']}-{labels.get('scope')}-{labels.get('severity')}"


def labels_of(rule: dict[str, Any]) -> dict[str, str]:
    """Return the labels with which the alert arrives, as far as the rule fixes them."""
    return {"service": "example-agent", **rule["labels"], "alertname": rule["alert"]}


def carries_service(rule: dict[str, Any]) -> bool:
    """Whether the rule gives each of its alerts the label `service`."""
    if "service" in rule["labels"]:
        return True
    if "{" in rule["expr"] and "| " in rule["expr"]:  # LogQL
        return "by (service" in rule["expr"].replace("by(", "by (")
    asked = asked_by(rule["expr"])
    kept = {label for label, _ in asked.grouped}
    return "service" in kept or any(name.startswith("service") for name in asked.metrics)
