"""Where a click leads: another dashboard, a trace, log lines. Time and variables go along."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote

from grafana_foundation_sdk.builders import dashboard as db

_TIME = "${__url_time_range}"
_TEMPLATE = re.compile(r"(\$\{[^}]*\})")


@dataclass(frozen=True, slots=True)
class Link:
    """A title and an address, in which Grafana fills what is in ``${…}``."""

    title: str
    url: str
    new_tab: bool = False

    def builder(self) -> db.DashboardLink:
        """Return the link in the SDK's form."""
        link = db.DashboardLink(self.title).url(self.url).target_blank(self.new_tab)
        return link.placement(None)  # the SDK would move it into a menu

    def plain(self) -> dict[str, object]:
        """Return the link as an override of one column has it."""
        return {"title": self.title, "url": self.url, "targetBlank": self.new_tab}


def label(name: str) -> str:
    """Return the template of a series' label, for a link of a graph, bar or pie."""
    return f"${{__field.labels.{name}}}"


def cell(name: str) -> str:
    """Return the template of a field of the clicked row, for a link of a table."""
    return f"${{__data.fields.{name}}}"


def to_dashboard(
    title: str, uid: str, *, keep: tuple[str, ...] = ("service",), **fixed: str
) -> Link:
    """Return a link to a dashboard.

    Args:
        title: what the link says.
        uid: of the dashboard.
        keep: variables that go along as they are.
        **fixed: variables that get a value, such as ``tenant=cell("tenant_id")``.
    """
    same = [f"${{{name}:queryparam}}" for name in ("prometheus_datasource", *keep)]
    given = [f"var-{name}={value}" for name, value in fixed.items()]
    return Link(title, f"/d/{uid}?" + "&".join([_TIME, *same, *given]))


def _escaped(text: str) -> str:
    """Escape for an address all but the templates in it."""
    parts = _TEMPLATE.split(text)
    return "".join(one if _TEMPLATE.fullmatch(one) else quote(one, safe="") for one in parts)


def _explore(title: str, source: str, query: Mapping[str, object]) -> Link:
    """Return a link to Grafana's Explore, over the dashboard's time."""
    uid = f"${{{source}_datasource}}"
    pane = {
        "datasource": uid,
        "queries": [{"refId": "A", "datasource": {"type": source, "uid": uid}, **query}],
        "range": {"from": "${__from}", "to": "${__to}"},
    }
    panes = _escaped(json.dumps({"a": pane}, separators=(",", ":")))
    return Link(title, f"/explore?schemaVersion=1&orgId=1&panes={panes}", new_tab=True)


def to_trace(trace_id: str) -> Link:
    """Return a link to one trace in Jaeger; `trace_id` is a template such as ``cell(…)``."""
    return _explore("Open the trace", "jaeger", {"query": trace_id})


def to_log_lines(title: str, expr: str) -> Link:
    """Return a link to the lines that a LogQL query finds, templates in it filled."""
    return _explore(title, "loki", {"expr": expr, "queryType": "range"})


def to_lines_of_trace(trace_id: str) -> Link:
    """Return a link to every log line of one trace."""
    expr = f'{{service_name=~"${{service:regex}}"}} | trace_id="{trace_id}"'
    return to_log_lines("Log lines of this trace", expr)
