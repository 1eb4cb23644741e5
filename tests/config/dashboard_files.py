"""The generated dashboards, read as data."""

import json
import re
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from tests.config.compose_files import ROOT

#: Kinds of panel that Grafana fills itself.
WITHOUT_QUERY = {"alertlist", "dashlist", "text"}


@cache
def dashboards() -> dict[str, dict[str, Any]]:
    """Return every dashboard by its uid."""
    files = sorted((ROOT / "grafana" / "dashboards").glob("*.json"))
    loaded = [json.loads(path.read_text("utf-8")) for path in files]
    return {one["uid"]: one for one in loaded}


@cache
def server_series() -> dict[str, set[str]]:
    """Return the labels of the servers' series that only dashboards ask for."""
    rows = tomllib.loads(Path(__file__).with_name("dashboard_series.toml").read_text("utf-8"))
    return {name: set(row["labels"]) for name, row in rows.items()}


def panels_of(dashboard: dict[str, Any], *, rows: bool = False) -> Iterator[dict[str, Any]]:
    """Yield each panel of a dashboard, also those of closed rows."""
    for panel in dashboard["panels"]:
        for one in (panel, *panel.get("panels", [])):
            if rows or one["type"] != "row":
                yield one


def panels(*, rows: bool = False) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield each panel with its dashboard's uid, with or without the rows that group them."""
    for uid, dashboard in dashboards().items():
        for panel in panels_of(dashboard, rows=rows):
            yield uid, panel


def panel_name(given: tuple[str, dict[str, Any]]) -> str:
    """Return a readable name of a panel for a test's id."""
    uid, panel = given
    return f"{uid}-{panel['id']}-{panel['title']}"


def promql(text: str) -> str:
    """Return a panel's query as Prometheus gets it, its variables filled with a stand-in."""
    text = text.replace("$__rate_interval", "5m").replace("$__range", "1h")
    return re.sub(r"\$\{?(\w+)\}?", r"any_\1", text)


def promql_of(dashboard: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield the place and the text of every PromQL query: panels, variables, annotations."""
    uid = dashboard["uid"]
    for panel in panels_of(dashboard):
        for target in panel.get("targets", []):
            if target["datasource"]["type"] == "prometheus":
                yield f"{panel_name((uid, panel))} {target['refId']}", promql(target["expr"])
    for one in dashboard["annotations"]["list"]:
        yield f"{uid} annotation {one['name']}", promql(one["expr"])
    for variable in dashboard["templating"]["list"]:
        found = re.fullmatch(r"label_values\((.+), (\w+)\)", str(variable.get("query", "")))
        if found:
            query = f"count by ({found[2]}) ({promql(found[1])})"
            yield f"{uid} variable {variable['name']}", query


def promql_targets() -> Iterator[tuple[str, str]]:
    """Yield the place and the text of every PromQL query of every dashboard."""
    for dashboard in dashboards().values():
        yield from promql_of(dashboard)
