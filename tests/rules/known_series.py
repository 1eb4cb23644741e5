"""The series that a query may ask for, each with its labels."""

import re
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

from agent_telemetry.catalogue import FAMILIES
from tests.config.rule_files import records

#: Labels that a scrape adds to every series.
SCRAPE_LABELS = {"job", "instance", "service"}
#: Words of a recorded series' level and the labels that they promise.
_LEVEL = {
    "agent": "agent_id",
    "cache_type": "cache_type",
    "endpoint": "endpoint",
    "model": "model",
    "service": "service",
    "slo": "slo",
    "template": "template_id",
    "tenant": "tenant_id",
    "tool": "tool_name",
}


@cache
def server_series() -> dict[str, dict[str, Any]]:
    """Return the rows of server_series.toml by the series' name."""
    return tomllib.loads(Path(__file__).with_name("server_series.toml").read_text("utf-8"))


def exposed() -> dict[str, set[str]]:
    """Return the series of the catalogue, as a scrape of the agent gives them."""
    return {
        name: set(family.labels) | SCRAPE_LABELS | ({"le"} if name.endswith("_bucket") else set())
        for family in FAMILIES.values()
        for name in family.sample_names()
    }


def recorded() -> dict[str, set[str]]:
    """Return the recorded series; the first part of a name tells the labels."""
    found = {}
    for name in {rule["record"] for rule in records()}:
        level = name.partition(":")[0]
        words = {word for word in _LEVEL if re.search(rf"(^|_){word}(_|$)", level)}
        found[name] = {_LEVEL[word] for word in words} | _static_labels(name)
    return found


def _static_labels(name: str) -> set[str]:
    return {
        label for rule in records() if rule["record"] == name for label in rule.get("labels", {})
    }


@cache
def known() -> dict[str, set[str]]:
    """Return every series that there is: the agent's, recorded ones, and those of the servers."""
    servers = {name: {*row["labels"], *SCRAPE_LABELS} for name, row in server_series().items()}
    return exposed() | recorded() | servers
