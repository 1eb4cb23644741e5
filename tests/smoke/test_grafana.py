"""Grafana's data sources answer a real query; a green health page proves nothing."""

import json
import time

import pytest

from commands.checkout import ROOT

QUERIES = {
    "prometheus": {"expr": "up", "instant": True},
    "loki": {"expr": '{service_name="example-agent"}', "maxLines": 5},
    "jaeger": {"queryType": "search", "service": "example-agent", "limit": 5},
}


@pytest.mark.parametrize("uid", sorted(QUERIES))
def test_data_source_answers(grafana, canary, uid, poll):
    """A data source of Grafana answers with data."""
    now = int(time.time() * 1000)
    query = {"refId": "A", "datasource": {"uid": uid}, "maxDataPoints": 100, **QUERIES[uid]}
    body = {"from": str(now - 3_600_000), "to": str(now), "queries": [query]}

    def answered():
        response = grafana.post("/api/ds/query", json=body)
        assert response.status_code == 200, response.text[:500]
        frames = response.json()["results"]["A"]["frames"]
        return any(values for frame in frames for values in frame["data"]["values"])

    poll(answered, within=60, what=f"{uid} answers with data")


def test_alertmanager_answers_through_grafana(grafana, poll):
    """Alertmanager answers through Grafana."""

    def fires():
        path = "/api/alertmanager/alertmanager/api/v2/alerts"
        response = grafana.get(path)
        assert response.status_code == 200, response.text[:500]
        return [a for a in response.json() if a["labels"]["alertname"] == "Watchdog"]

    poll(fires, within=120, what="Watchdog is seen through Grafana")


def test_dashboards_are_loaded(grafana):
    """Every dashboard is loaded."""
    files = sorted((ROOT / "grafana/dashboards").glob("*.json"))
    wanted = {json.loads(file.read_text(encoding="utf-8"))["uid"] for file in files}
    found = {one["uid"] for one in grafana.get("/api/search", params={"type": "dash-db"}).json()}
    assert wanted
    assert found >= wanted
