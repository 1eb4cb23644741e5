"""Where an alert sends the person who reads it: runbook, dashboard, logs, traces.

The hosts are external labels, which Prometheus fills from the environment; templates in the
links are filled with the alert's own labels.
"""

import json
from functools import cache
from pathlib import Path
from urllib.parse import quote

from prometheus.alert_panels import panels
from prometheus.bad_rule import BadRuleError
from prometheus.conditions import Condition
from prometheus.thresholds import Alert

_GRAFANA = "{{ $externalLabels.link_grafana }}"
_INBOX = "{{ $externalLabels.link_inbox }}"
_JAEGER = "{{ $externalLabels.link_jaeger }}"
_SERVICE = "{{ $labels.service | urlquery }}"
_DASHBOARDS = Path(__file__).parents[1] / "grafana" / "dashboards"


def _label(name: str) -> str:
    return "{{ $labels." + name + " | urlquery }}"


def _escaped(text: str) -> str:
    """Escape for a URL all but the templates in it."""
    parts = text.replace("}}", "}}\0").split("\0")
    out = []
    for part in parts:
        head, braces, template = part.partition("{{")
        out.append(quote(head, safe="") + braces + template)
    return "".join(out)


@cache
def _variables(uid: str) -> frozenset[str]:
    """Return the names of a dashboard's variables."""
    dashboard = json.loads((_DASHBOARDS / f"{uid}.json").read_text("utf-8"))
    return frozenset(one["name"] for one in dashboard["templating"]["list"])


def runbook(alert: Alert) -> str:
    """Return the page that says what to do; the alert inbox serves it."""
    return f"{_INBOX}/runbooks/{alert.name}"


def dashboard(alert: Alert, condition: Condition) -> str:
    """Return the panel that shows the alert's number, over the last hour.

    Raises:
        BadRuleError: if no panel is named for it.
    """
    if alert.key not in panels():
        raise BadRuleError(f"{alert.key}: has no panel in alert_panels.yml")
    uid, panel = panels()[alert.key]
    chosen = condition.agent and "service" in _variables(uid)
    service = f"var-service={_SERVICE}&" if chosen else ""
    return f"{_GRAFANA}/d/{uid}?{service}from=now-1h&to=now&viewPanel=panel-{panel}"


def logs(condition: Condition) -> str:
    """Return Grafana's Explore with the lines of the service that tell about the alert.

    They are warnings and worse; of what took too long where the alert is about that; or the lines
    that carry a cost where it is about no failure.
    Where the service is no agent, they are those of every service at that time.
    """
    narrowed = "".join(f' | {name}="{_label(name)}"' for name in condition.labels)
    source = {"type": "loki", "uid": "loki"}
    named = f'service_name="{_SERVICE}"' if condition.agent else 'service_name=~".+"'
    expr = f"{{{named}}} | cost_usd > 0{narrowed}"
    if condition.slower_than:
        expr = f"{{{named}}} | duration_seconds > {condition.slower_than}{narrowed}"
    elif condition.failures:
        expr = f'{{{named}, level=~"WARN|ERROR|FATAL"}}{narrowed}'
    pane = {
        "datasource": "loki",
        "queries": [{"refId": "A", "datasource": source, "expr": expr}],
        "range": {"from": "now-1h", "to": "now"},
    }
    panes = json.dumps({"a": pane}, separators=(",", ":"))
    return f"{_GRAFANA}/explore?schemaVersion=1&orgId=1&panes={_escaped(panes)}"


def traces(condition: Condition) -> str:
    """Return Jaeger's search for the service's latest traces: with an error, slow, or all.

    Where the service is no agent, which one to search is left open.
    """
    service = f"service={_SERVICE}&" if condition.agent else ""
    named = "tool_name" in condition.labels
    operation = "operation=Tool." + _label("tool_name") + "&" if named else ""
    which = "tags=" + quote('{"error":"true"}', safe="") + "&" if condition.failures else ""
    if condition.slower_than:
        which = f"minDuration={condition.slower_than}s&"
    return f"{_JAEGER}/search?{service}{operation}{which}lookback=1h&limit=20"
