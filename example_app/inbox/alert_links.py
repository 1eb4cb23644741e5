"""Where the page leads from an alert: runbook, dashboard, logs, traces, query."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

_FIRST = ("runbook", "dashboard", "logs", "traces")


@dataclass(frozen=True)
class Link:
    """One address and what it is called."""

    name: str
    address: str


def alert_links(alert: Mapping[str, Any], runbooks: frozenset[str]) -> tuple[Link, ...]:
    """Every web address among the annotations, the four that each alert should have first.

    Args:
        alert: The alert in the form of `Alert.as_json`.
        runbooks: The runbooks that the inbox has itself, for an alert that names none.
    """
    found = {
        name.removesuffix("_url"): address
        for name, address in alert["annotations"].items()
        if name.endswith("_url") and _is_web(address)
    }
    if alert["alertname"] in runbooks:
        found.setdefault("runbook", f"/runbooks/{alert['alertname']}")
    names = [name for name in _FIRST if name in found]
    names += sorted(found.keys() - set(_FIRST))
    links = [Link(name.replace("_", " ").capitalize(), found[name]) for name in names]
    if _is_web(alert["generator_url"]):
        links.append(Link("Query", alert["generator_url"]))
    return tuple(links)


def _is_web(address: str) -> bool:
    """Whether following the address can only open a page, never run a script."""
    try:
        return urlsplit(address).scheme in {"http", "https"}
    except ValueError:
        return False
