"""Grafana's data sources answer a real query; a green health page proves nothing."""

import json
import time

import pytest
from playwright.sync_api import sync_playwright

from commands.checkout import ROOT
from tests.browser.chromium import chromium
from tests.config.profile_dashboards import PROFILE_OF
from tests.smoke.grafana_panels import Grafana, take_picture

FILES = sorted((ROOT / "grafana" / "dashboards").glob("*.json"))
PICTURES = ROOT / "reports" / "grafana"
#: Unlike the other browser tests' it may leave this machine: GRAFANA_URL says where to.
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]

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
    """Every dashboard is loaded from its file, and the first page is Overview."""
    server = Grafana(grafana)
    wanted = {json.loads(file.read_text("utf-8"))["uid"] for file in FILES}

    assert wanted
    assert server.uids() >= wanted
    assert server.home() == "Overview"
    for uid in sorted(wanted):
        assert server.dashboard(uid)["panels"], uid


def test_every_panel_is_answered(grafana, canary):
    """No query of any panel is refused, and every dashboard shows something."""
    server = Grafana(grafana)
    wrong = []
    for file in FILES:
        uid = json.loads(file.read_text("utf-8"))["uid"]
        answers = list(server.answers(server.dashboard(uid)))
        wrong += [f"{uid} / {one.panel}: {one.errors}" for one in answers if one.errors]
        if not any(one.values for one in answers) and uid not in PROFILE_OF:
            wrong.append(f"{uid}: no panel has data")
    assert not wrong, "\n".join(wrong)


def test_every_dashboard_opens_in_a_browser(grafana, canary):
    """Each is drawn, no panel shows an error; the pictures are in reports/grafana."""
    wrong = {}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=ARGUMENTS)
        try:
            for file in FILES:
                uid = json.loads(file.read_text("utf-8"))["uid"]
                wrong[uid] = take_picture(browser, grafana, uid, PICTURES / f"{uid}.png")
        finally:
            browser.close()
    assert not any(wrong.values()), wrong
