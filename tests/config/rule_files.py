"""The generated alerting and recording rules, read as data."""

from functools import cache
from pathlib import Path
from typing import Any

import yaml

from tests.config.compose_files import ROOT

PROMETHEUS = ROOT / "prometheus"
#: Where the rules of each preset are.
PRESETS = tuple(sorted(path.with_suffix("") for path in PROMETHEUS.glob("presets/*.yml")))


@cache
def _rules(kind: str, directory: Path = PROMETHEUS) -> tuple[dict[str, Any], ...]:
    files = sorted((directory / kind).glob("*.yml"))
    groups = [g for path in files for g in yaml.safe_load(path.read_text("utf-8"))["groups"]]
    return tuple(rule for group in groups for rule in group["rules"])


def alerts() -> tuple[dict[str, Any], ...]:
    """Return every alerting rule."""
    return _rules("alerts")


def preset_alerts() -> tuple[dict[str, Any], ...]:
    """Return every alerting rule of every preset, also those that differ in nothing."""
    return tuple(rule for directory in PRESETS for rule in _rules("alerts", directory))


def all_alerts() -> tuple[dict[str, Any], ...]:
    """Return every alerting rule as shipped, and those that only a preset has."""
    known = {alert_id(rule): rule for rule in (*preset_alerts(), *alerts())}
    return tuple(known[key] for key in sorted(known))


def records() -> tuple[dict[str, Any], ...]:
    """Return every recording rule."""
    return _rules("recording")


def alert_id(rule: dict[str, Any]) -> str:
    """Return what tells an alert from all others: its name and its scope."""
    return f"{rule['alert']}-{rule['labels']['scope']}"
