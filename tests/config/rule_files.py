"""The generated alerting and recording rules, read as data."""

from functools import cache
from typing import Any

import yaml

from tests.config.compose_files import ROOT


@cache
def _rules(kind: str) -> tuple[dict[str, Any], ...]:
    files = sorted((ROOT / "prometheus" / kind).glob("*.yml"))
    groups = [g for path in files for g in yaml.safe_load(path.read_text("utf-8"))["groups"]]
    return tuple(rule for group in groups for rule in group["rules"])


def alerts() -> tuple[dict[str, Any], ...]:
    """Return every alerting rule."""
    return _rules("alerts")


def records() -> tuple[dict[str, Any], ...]:
    """Return every recording rule."""
    return _rules("recording")


def alert_id(rule: dict[str, Any]) -> str:
    """Return what tells an alert from all others: its name and its scope."""
    return f"{rule['alert']}-{rule['labels']['scope']}"
