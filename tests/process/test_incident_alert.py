"""`make incident` with real servers: the alert is pending or firing, delivered, and resolved."""

import io

import pytest
from rich.console import Console

from commands.addresses import APP
from commands.incident import make_incident
from commands.incident_run import Bounds
from commands.incident_story import IncidentError, Story
from commands.running import Running
from example_app.incidents import load_incidents
from tests.process.alert_path import alert_path
from tests.process.conftest import a_free_port, lites

#: Five minutes become a quarter of one.
TIME_SCALE = 0.05


@pytest.fixture(scope="module")
def full(tmp_path_factory):
    """The agent with what makes and delivers its alerts."""
    directory = tmp_path_factory.mktemp("full")
    with lites(directory, a_free_port()) as begin:
        lite = begin(SIM_LATENCY_SCALE="0", BENCHMARK_SECONDS="0")
        app = f"127.0.0.1:{lite.port}"
        with alert_path(directory, app, time_scale=TIME_SCALE) as servers:
            urls = {APP: f"http://{app}", **servers}
            yield Running("full", urls, services=frozenset(urls))


def _told(full, name: str, bounds: Bounds) -> str:
    told = io.StringIO()
    make_incident(load_incidents()[name], full, Story(Console(file=told, width=140)), bounds)
    return told.getvalue()


def test_alert_is_followed_to_its_end(full):
    """Failing tools: the alert fires, reaches the inbox, and its end does too, told in order."""
    told = _told(full, "tool_failure", Bounds(wait=120))
    steps = [
        "fault started",
        "the effect is seen",
        "APICallFailures firing",
        "APICallFailures delivered",
        "fault stopped",
        "a chat succeeds again",
        "APICallFailures resolved",
    ]
    assert [told.find(step) for step in steps] == sorted(told.find(step) for step in steps)
    assert all(step in told for step in steps)
    for part in ("prometheus", "logger"):
        assert full.urls[part] in told
    assert f"{full.urls['logger']}/runbooks/APICallFailures" in told


def test_alert_that_does_not_come_in_time_is_a_failure(full, monkeypatch):
    """An alert that needs longer than the bound is told by its name; the fault is stopped."""
    incident = load_incidents()["tool_failure"]
    never = incident.model_copy(update={"alert": "NoTraffic", "scope": "request"})
    monkeypatch.setattr(
        "tests.process.test_incident_alert.load_incidents", lambda: {incident.name: never}
    )
    with pytest.raises(IncidentError, match="NoTraffic at the inbox: not within 1 s"):
        _told(full, "tool_failure", Bounds(wait=1))


def test_alert_that_is_no_rule_ends_after_the_effect(full, monkeypatch):
    """Where Prometheus has no such rule that is said, and the visible effect is enough."""
    incident = load_incidents()["cache_storm"]
    unknown = incident.model_copy(update={"alert": "NoSuchAlert", "scope": None})
    monkeypatch.setattr(
        "tests.process.test_incident_alert.load_incidents", lambda: {incident.name: unknown}
    )
    told = _told(full, incident.name, Bounds())
    assert "NoSuchAlert is not among the rules of Prometheus" in told
    assert "the effect is seen" in told
