"""Alertmanager's templates filled in by amtool, as Alertmanager fills them in when it sends."""

import json
from pathlib import Path
from typing import Any

from tests.config.compose_files import ROOT
from tests.config.server_programs import run

LINKS = {
    "runbook_url": "http://h:8080/runbooks/HighErrorRate",
    "dashboard_url": "http://h:3000/d/x?from=now-1h&to=now",
    "logs_url": "http://h:3000/explore",
    "traces_url": "http://h:16686/search",
}


def one_alert(*, status: str = "firing", **more: str) -> dict[str, Any]:
    """Return one alert as a template sees it; what is given replaces labels and annotations."""
    labels = {"alertname": "HighErrorRate", "service": "shop", "severity": "critical"}
    told = {"summary": "Many requests fail.", "description": "7 % of shop.", **LINKS}
    return {
        "status": status,
        "labels": {key: more.get(key, value) for key, value in labels.items()},
        "annotations": {key: more.get(key, value) for key, value in told.items()},
        "startsAt": "2026-01-02T03:04:05Z",
        "endsAt": "2026-01-02T04:04:05Z" if status == "resolved" else "0001-01-01T00:00:00Z",
    }


def rendered(text: str, alerts: list[dict[str, Any]], work: Path, *, kind: str = "text") -> str:
    """Return a template's text for a group of alerts.

    Args:
        text: what the configuration has, e.g. `{{ template "agent.title" . }}`.
        alerts: the group.
        work: a directory for the data.
        kind: text or html, which Alertmanager takes for the HTML of a mail only.
    """
    firing = any(alert["status"] == "firing" for alert in alerts)
    labels = [alert["labels"].items() for alert in alerts]
    data = {
        "receiver": "alerts",
        "status": "firing" if firing else "resolved",
        "alerts": alerts,
        "groupLabels": {"alertname": alerts[0]["labels"]["alertname"]},
        "commonLabels": dict(set(labels[0]).intersection(*labels[1:])),
        "commonAnnotations": {},
        "externalURL": "http://h:9093",
    }
    path = work / "data.json"
    path.write_text(json.dumps(data), "utf-8")
    result = run(
        "amtool", "template", "render",
        f"--template.glob={ROOT / 'alertmanager' / 'templates'}/*.tmpl",
        f"--template.type={kind}", f"--template.text={text}", f"--template.data={path}",
    )  # fmt: skip
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout.strip()
