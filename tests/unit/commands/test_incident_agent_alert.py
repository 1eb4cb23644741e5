"""Following one alert where the agent itself evaluates its rules, as its `/alerts` tells it."""

import httpx
import pytest

from commands.incident_agent_alert import AgentAlertWatch
from commands.incident_alert import Rule


def _told(**parts):
    return {
        "evaluating": True,
        "window_seconds": 60,
        "cost_window_seconds": 90.0,
        "rules": [],
        "alerts": [],
        "history": [],
        **parts,
    }


def _watch(body, *, status=200, scope="tool"):
    """Return a watch on an agent that answers so."""
    transport = httpx.MockTransport(lambda _: httpx.Response(status, json=body))
    agent = httpx.Client(transport=transport, base_url="http://agent")
    return AgentAlertWatch("APICallFailures", scope, agent)


def _rule(*, name="APICallFailures", scope="tool", seconds=0):
    return {"name": name, "scope": scope, "severity": "warning", "for_seconds": seconds}


def _alert(state, *, name="APICallFailures", scope="tool"):
    return {"name": name, "labels": {"scope": scope}, "state": state}


def _entry(status, at, *, delivered=("log",), scope="tool"):
    return {
        "name": "APICallFailures",
        "labels": {"scope": scope},
        "status": status,
        "starts_at": "2026-01-01T00:00:00.000+00:00",
        "timestamp": at,
        "delivered": [*delivered],
    }


def test_rule_is_told_with_its_window():
    """The rule of the name and scope, and the longest that the agent looks back."""
    assert _watch(_told(rules=[_rule(seconds=30)])).rule() == Rule(30, 90)
    assert _watch(_told(rules=[_rule(scope="x", seconds=30)]), scope=None).rule() == Rule(30, 90)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (_told(), 200),
        (_told(rules=[_rule(scope="other")]), 200),
        (_told(rules=[_rule(name="Other")]), 200),
        (_told(rules=[_rule()], evaluating=False), 200),
        ({"detail": "Not Found"}, 404),
    ],
)
def test_agent_that_does_not_evaluate_it_has_no_rule(body, status):
    """No rule of that name and scope, nothing evaluated, or an older agent: nothing to wait for."""
    assert _watch(body, status=status).rule() is None


@pytest.mark.parametrize(
    ("alerts", "state"),
    [
        ([], "inactive"),
        ([_alert("resolved")], "inactive"),
        ([_alert("pending"), _alert("firing")], "firing"),
        ([_alert("pending")], "pending"),
        ([_alert("firing", scope="other"), _alert("firing", name="Other")], "inactive"),
    ],
)
def test_state_is_that_of_the_alert(alerts, state):
    """Firing before pending; a resolved one is inactive; others do not count."""
    assert _watch(_told(alerts=alerts)).state() == state


def test_delivered_means_that_a_notifier_took_it():
    """The newest entry of that status since then, which somebody took, with its times."""
    history = [
        _entry("resolved", "2026-01-01T00:03:00.000+00:00"),
        _entry("firing", "2026-01-01T00:02:00.000+00:00", delivered=()),
        _entry("firing", "2026-01-01T00:01:00.000+00:00"),
        _entry("firing", "2026-01-01T00:00:30.000+00:00", scope="other"),
    ]
    watch = _watch(_told(history=history))
    midnight = 1_767_225_600
    assert watch.delivered("firing", midnight)["timestamp"] == "2026-01-01T00:01:00.000+00:00"
    assert watch.delivered("firing", midnight + 61) is None
    assert watch.delivered("resolved", midnight)["ends_at"] == "2026-01-01T00:03:00.000+00:00"
    assert watch.delivered("resolved", midnight + 181) is None
