"""An incident that cannot be made or does not show: said in one sentence, nothing left running."""

import io

import httpx
import pytest
from rich.console import Console

from agent_telemetry.clock import ManualClock
from commands.addresses import APP
from commands.incident_alert import AlertWatch
from commands.incident_links import Parts
from commands.incident_run import Bounds, IncidentRun
from commands.incident_story import IncidentError, Story
from example_app.incidents import load_incidents

INCIDENT = load_incidents()["tool_failure"]
ANSWER = {"model": "gpt-4o-mini", "cost_usd": 0, "tools": [], "duration_ms": 1}


class _Agent:
    """An agent whose fault may have no effect; keeps the orders that it got."""

    def __init__(self, *, listed=("tool_failure",), start=200, works=True, active=False) -> None:
        self.listed, self.start, self.works, self.active = listed, start, works, active
        self.failed = 0
        self.orders = []
        self.client = httpx.Client(
            transport=httpx.MockTransport(self._answer), base_url="http://agent"
        )

    def _answer(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path
        if path == "/metrics":
            page = f'agent_tool_calls_total{{status="failed"}} {self.failed}\n'
            return httpx.Response(200, text=f"# TYPE agent_tool_calls_total counter\n{page}")
        if path == "/chat":
            self.failed += self.active and self.works
            return httpx.Response(200, json=ANSWER)
        if request.method == "GET":
            if self.listed is None:
                return httpx.Response(404, json={})
            faults = [{"name": name, "active": self.active} for name in self.listed]
            return httpx.Response(200, json={"faults": faults})
        self.orders.append(request.method)
        self.active = request.method == "PUT" and self.start == 200
        return httpx.Response(self.start if request.method == "PUT" else 200, text="so")


def _alerts(state: str) -> AlertWatch:
    labels = {"alertname": "APICallFailures", "scope": "tool"}
    rule = {"name": "APICallFailures", "labels": labels, "duration": 0, "query": "x[5m]"}
    data = {"groups": [{"rules": [rule]}], "alerts": [{"labels": labels, "state": state}]}

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/alerts":
            return httpx.Response(200, json={"alerts": []})
        return httpx.Response(200, json={"data": data})

    client = httpx.Client(transport=httpx.MockTransport(answer), base_url="http://servers")
    return AlertWatch("APICallFailures", "tool", client, client)


def _run(agent: _Agent, watch: AlertWatch | None = None, **bounds: object) -> str:
    clock = ManualClock()
    story = Story(Console(file=io.StringIO(), width=140), clock, clock.advance)
    parts = Parts("full", {APP: "http://agent"})
    IncidentRun(
        INCIDENT, agent.client, parts, watch=watch, story=story, bounds=Bounds(**bounds)
    ).run()
    return story.console.file.getvalue()


def test_effect_that_is_seen_ends_the_incident():
    """Started once, stopped once, and told."""
    agent = _Agent()
    told = _run(agent)
    assert agent.orders == ["PUT", "DELETE"]
    assert "the effect is seen" in told


def test_agent_without_faults_is_told_what_to_set():
    """An agent that has no /faults names the variable that allows them; nothing is ordered."""
    agent = _Agent(listed=None)
    with pytest.raises(IncidentError, match="FAULTS_ENABLED=1"):
        _run(agent)
    assert agent.orders == []


def test_fault_that_the_agent_lacks_is_told_with_those_it_has():
    """In front of a real provider the simulator's faults are missing, and that is said."""
    with pytest.raises(IncidentError, match="no such fault; it has cache_storm"):
        _run(_Agent(listed=("cache_storm",)))


def test_refused_start_is_told():
    """The agent's own words for its refusal are shown."""
    with pytest.raises(IncidentError, match="the fault was refused: so"):
        _run(_Agent(start=409))


def test_effect_that_does_not_come_is_a_failure_and_the_fault_is_stopped():
    """A fault that does nothing is not taken for a success."""
    agent = _Agent(works=False)
    expected = r"the effect was not seen: failed tool calls: rose by 0, expected at least 11"
    with pytest.raises(IncidentError, match=expected):
        _run(agent)
    assert agent.orders == ["PUT", "DELETE"]


def test_alert_that_fires_already_stops_it_before_it_begins():
    """An alert that fires is not delivered again: waiting for it would be in vain."""
    agent = _Agent()
    with pytest.raises(IncidentError, match="APICallFailures fires already"):
        _run(agent, _alerts("firing"))
    assert agent.orders == []


def test_alert_that_is_never_delivered_is_a_failure_and_the_fault_is_stopped():
    """A pending alert that does not arrive in time fails by its name, within the given bound."""
    agent = _Agent()
    with pytest.raises(IncidentError, match="APICallFailures at the inbox: not within 5 s"):
        _run(agent, _alerts("pending"), wait=5)
    assert agent.orders == ["PUT", "DELETE"]
