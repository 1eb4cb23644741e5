"""Where an alert sends the person who reads it: runbook, dashboard, logs, traces.

The hosts are external labels, which Prometheus fills from the environment; templates in the
links are filled with the alert's own labels.
"""

import json
from urllib.parse import quote

from grafana.panel_ids import PANEL_IDS
from prometheus.thresholds import Alert, BadThresholdError

_GRAFANA = "{{ $externalLabels.link_grafana }}"
_INBOX = "{{ $externalLabels.link_inbox }}"
_JAEGER = "{{ $externalLabels.link_jaeger }}"
_SERVICE = "{{ $labels.service | urlquery }}"


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


def runbook(alert: Alert) -> str:
    """Return the page that says what to do; the alert inbox serves it."""
    return f"{_INBOX}/runbooks/{alert.name}"


def dashboard(alert: Alert, *, of_agent: bool) -> str:
    """Return the panel that shows the alert's number, over the last hour.

    Args:
        alert: whose panel it is.
        of_agent: whether the alert's service is an agent, which the dashboard can be narrowed to.

    Raises:
        BadThresholdError: if the dashboard has no such panel.
    """
    try:
        panel = PANEL_IDS[alert.dashboard][alert.panel]
    except KeyError as error:
        raise BadThresholdError(f"{alert.name}: there is no dashboard or panel {error}") from error
    service = f"var-service={_SERVICE}&" if of_agent else ""
    return f"{_GRAFANA}/d/{alert.dashboard}?{service}from=now-1h&to=now&viewPanel=panel-{panel}"


def logs(labels: tuple[str, ...], *, failures: bool) -> str:
    """Return Grafana's Explore with the lines of the service that tell about the alert.

    Args:
        labels: labels of the alert that are fields of the log record too (`tool_name`).
        failures: only warnings and worse; otherwise the lines that carry a cost.
    """
    narrowed = "".join(f' | {name}="{_label(name)}"' for name in labels)
    source = {"type": "loki", "uid": "loki"}
    expr = f'{{service_name="{_SERVICE}"}} | cost_usd > 0{narrowed}'
    if failures:
        expr = f'{{service_name="{_SERVICE}", level=~"WARN|ERROR|FATAL"}}{narrowed}'
    pane = {
        "datasource": "loki",
        "queries": [{"refId": "A", "datasource": source, "expr": expr}],
        "range": {"from": "now-1h", "to": "now"},
    }
    panes = json.dumps({"a": pane}, separators=(",", ":"))
    return f"{_GRAFANA}/explore?schemaVersion=1&orgId=1&panes={_escaped(panes)}"


def traces(labels: tuple[str, ...], *, failures: bool) -> str:
    """Return Jaeger's search for the service's latest traces, those with an error or all."""
    operation = "&operation=Tool." + _label("tool_name") if "tool_name" in labels else ""
    failed = "&tags=" + quote('{"error":"true"}', safe="") if failures else ""
    return f"{_JAEGER}/search?service={_SERVICE}{operation}{failed}&lookback=1h&limit=20"
