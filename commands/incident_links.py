"""Where a person looks during an incident: addresses that can be clicked."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import quote, urlencode

from commands.addresses import APP
from example_app.incidents import Incident
from grafana.panel_ids import PANEL_IDS


@dataclass(frozen=True)
class Parts:
    """What runs, and under which address people open it.

    Attributes:
        way: `full` or `lite`.
        urls: service → address.
        logs: where the JSON log files are, in lite.
    """

    way: str
    urls: Mapping[str, str] = field(default_factory=dict)
    logs: str = ""


def places(incident: Incident, parts: Parts) -> list[tuple[str, str]]:
    """Return what to look at: a title, and an address or a sentence.

    Only what runs is named; what does not run is left to the title's absence.
    """
    look, urls = incident.where_to_look, parts.urls
    app = urls[APP]
    found = [("Chat", f"{app}/"), ("Faults", f"{app}/faults"), ("Metrics", f"{app}/metrics")]
    if parts.way == "lite":
        found.append(("Logs", f"{parts.logs or 'the log folder'}/app.log"))
        found.append(("Visible", incident.lite))
        return found
    if "grafana" in urls:
        panel = PANEL_IDS[incident.dashboard][incident.panel]
        page = f"{urls['grafana']}/d/{quote(incident.dashboard)}"
        found.append(("Dashboard", f"{page}?from=now-1h&to=now&viewPanel=panel-{panel}"))
    if "prometheus" in urls:
        query = urlencode({"g0.expr": look.metric, "g0.tab": "graph", "g0.range_input": "1h"})
        found.append(("Metric", f"{urls['prometheus']}/query?{query}"))
    if "jaeger" in urls:
        found.append(("Traces", f"{urls['jaeger']}/search?{_trace_search(incident)}"))
    if "grafana" in urls:
        found.append(("Logs", f"{urls['grafana']}/explore?{_explore(look.log)}"))
    elif "loki" in urls:
        found.append(("Logs", f"{urls['loki']}/loki/api/v1/query_range?{_range(look.log)}"))
    if "logger" in urls:
        found.append(("Alerts", f"{urls['logger']}/"))
        if incident.alert:
            found.append(("Runbook", f"{urls['logger']}/runbooks/{incident.alert}"))
    return found


def _trace_search(incident: Incident) -> str:
    span = incident.where_to_look.span
    words = {"service": span.service, "lookback": "1h", "limit": "20"}
    if span.operation:
        words["operation"] = span.operation
    if span.tags:
        words["tags"] = json.dumps(dict(span.tags), separators=(",", ":"))
    return urlencode(words)


def _explore(query: str) -> str:
    source = {"type": "loki", "uid": "loki"}
    pane = {
        "datasource": "loki",
        "queries": [{"refId": "A", "datasource": source, "expr": query}],
        "range": {"from": "now-1h", "to": "now"},
    }
    panes = json.dumps({"a": pane}, separators=(",", ":"))
    return urlencode({"schemaVersion": "1", "orgId": "1", "panes": panes})


def _range(query: str) -> str:
    return urlencode({"query": query, "since": "1h"})
