"""Where an incident sends people: real addresses of what runs, and nothing else."""

from urllib.parse import parse_qs, urlsplit

import pytest

from commands.addresses import APP
from commands.incident_links import Parts, places
from example_app.incidents import load_incidents
from grafana.panel_ids import PANEL_IDS

INCIDENTS = load_incidents()
FULL = {
    APP: "http://box:8000",
    "grafana": "http://box:3000",
    "prometheus": "http://box:9090",
    "jaeger": "http://box:16686",
    "loki": "http://box:3100",
    "logger": "http://box:8080",
}


@pytest.mark.parametrize("incident", INCIDENTS.values(), ids=lambda each: each.name)
def test_full_stack_has_a_place_for_each_question(incident):
    """Dashboard, metric, traces, logs, alerts: each an address that carries the question whole."""
    found = dict(places(incident, Parts("full", FULL)))
    query = {title: parse_qs(urlsplit(address).query) for title, address in found.items()}
    panel = PANEL_IDS[incident.dashboard][incident.panel]
    assert query["Dashboard"]["viewPanel"] == [f"panel-{panel}"]
    assert query["Metric"]["g0.expr"] == [incident.where_to_look.metric]
    assert query["Traces"]["service"] == [incident.where_to_look.span.service]
    assert query["Traces"]["operation"] == [incident.where_to_look.span.operation]
    assert found["Logs"].startswith("http://box:3000/explore?")
    assert ("Runbook" in found) == (incident.alert is not None)
    for address in found.values():
        assert urlsplit(address).netloc in {urlsplit(each).netloc for each in FULL.values()}
        assert not set(' "<>{}') & set(address), address


def test_logs_are_asked_of_loki_where_grafana_does_not_run():
    """Without Grafana there is no link to it; Loki's own API answers the same query."""
    without = {name: url for name, url in FULL.items() if name != "grafana"}
    incident = INCIDENTS["tool_failure"]
    found = dict(places(incident, Parts("full", without)))
    assert "Dashboard" not in found
    assert found["Logs"].startswith("http://box:3100/loki/api/v1/query_range?")
    assert parse_qs(urlsplit(found["Logs"]).query)["query"] == [incident.where_to_look.log]


def test_lite_names_files_and_the_agents_own_pages():
    """In lite there are the agent's pages, the log file and a sentence on what is visible."""
    incident = INCIDENTS["tool_failure"]
    found = dict(places(incident, Parts("lite", {APP: "http://box:8000"}, "/run/logs")))
    assert found["Faults"] == "http://box:8000/faults"
    assert found["Logs"] == "/run/logs/app.log"
    assert found["Visible"] == incident.lite
    assert not any(name in address for address in found.values() for name in ("3000", "16686"))
