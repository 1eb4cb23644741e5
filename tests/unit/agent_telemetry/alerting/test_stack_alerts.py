"""``stack.alerts``: the rule that ships, who is told, and ``/alerts``."""

import threading

import httpx
import pytest
from starlette.applications import Starlette

from agent_telemetry import AlertRule, LogNotifier
from agent_telemetry.alerting.settings import AlertSettings
from tests.polling import wait_for
from tests.unit.agent_telemetry.alerting.alert_doubles import Remembering, receiver

_THREAD = "agent_telemetry-alerts"


def _requests(stack, count: int, status: str) -> None:
    stack.metrics.inc(
        "agent_requests_total", count, method="POST", endpoint="/chat", status=status, tenant_id="a"
    )


def _always(name: str = "Always", severity: str = "critical") -> AlertRule:
    return AlertRule(name, severity, lambda _: True, lambda _: "it is", cooldown_seconds=0)


def test_high_error_rate_ships(stack, clock):
    """Above 10 % of failed requests for a minute it fires without anybody's doing, else not."""
    _requests(stack, 90, "success")
    _requests(stack, 10, "error")
    for _ in range(3):
        assert stack.alerts.evaluate() == []
        clock.advance(60)
    _requests(stack, 9, "success")
    _requests(stack, 2, "error")
    assert stack.alerts.evaluate() == []
    clock.advance(60)
    (alert,) = stack.alerts.evaluate()
    assert (alert.name, alert.severity) == ("HighErrorRate", "critical")
    assert alert.labels == {"scope": "request", "service": "test-agent"}
    assert alert.value == pytest.approx(12 / 111)
    for _ in range(5):
        clock.advance(75)
        ended = stack.alerts.evaluate()
    assert [each["state"] for each in stack.alerts.state()] == ["resolved"]
    assert [each["status"] for each in stack.alerts.history()] == ["resolved", "firing"]
    assert all(alert.status == "resolved" for alert in ended)


def test_rejected_and_client_errors_are_no_errors(stack, clock):
    """Refused and wrong requests do not fire it, whatever their share."""
    _requests(stack, 50, "rejected")
    _requests(stack, 50, "client_error")
    stack.alerts.evaluate()
    clock.advance(60)
    assert stack.alerts.evaluate() == []


def test_nothing_runs_without_a_notifier(make_stack):
    """A stack that nobody asked to alert has no thread for it; a notifier begins one."""
    before = [each.name for each in threading.enumerate()].count(_THREAD)
    stack = make_stack()
    assert [each.name for each in threading.enumerate()].count(_THREAD) == before
    assert stack.alerts.report()["evaluating"] is False
    stack.alerts.add_notifier(Remembering())
    assert [each.name for each in threading.enumerate()].count(_THREAD) == before + 1
    assert stack.alerts.report()["evaluating"] is True


def test_switched_off_is_off(make_stack):
    """Switched off, a notifier does not begin it; ``evaluate`` by hand still works."""
    stack = make_stack(alerts=AlertSettings(enabled=False))
    stack.alerts.add_notifier(Remembering())
    assert stack.alerts.report()["evaluating"] is False
    stack.alerts.add_rule(_always())
    assert [alert.name for alert in stack.alerts.evaluate()] == ["Always"]


def test_background_thread_tells_slack_and_webhook(make_stack):
    """Set up by settings alone: a rule that holds reaches both, and ends with its cause."""
    wrong = [True]
    with receiver() as slack, receiver() as webhook:
        stack = make_stack(
            alerts=AlertSettings(seconds=1, slack_webhook=slack.url, webhook=webhook.url)
        )
        rule = AlertRule("Wrong", "warning", lambda _: wrong[0], lambda _: "it is")
        stack.alerts.add_rule(rule)
        wait_for(lambda: slack.bodies and webhook.bodies, within=20, what="both", pause=0.05)
        wrong[0] = False
        wait_for(lambda: len(webhook.bodies) == 2, within=20, what="the end", pause=0.05)
    assert slack.bodies[0]["text"] == "🚨 Wrong\nit is"
    assert [body["status"] for body in webhook.bodies] == ["firing", "resolved"]
    assert stack.alerts.report()["notifiers"] == ["slack", "webhook"]


def test_log_line_of_an_alert(stack, log_lines):
    """The log notifier writes a line with event, name, severity, labels and value."""
    stack.alerts.handler.add(LogNotifier())
    stack.alerts.add_rule(_always())
    stack.alerts.evaluate()
    stack.alerts.remove_rule("Always")
    stack.alerts.evaluate()
    wait_for(
        lambda: len([line for line in log_lines() if line["event"].startswith("alert_")]) == 2,
        within=10,
        what="both lines",
        pause=0.05,
    )
    fired, ended = (line for line in log_lines() if line["event"].startswith("alert_"))
    assert (fired["event"], fired["level"], fired["message"]) == (
        "alert_firing", "WARN", "Always: it is",
    )  # fmt: skip
    assert fired["extra"]["alert"] == "Always"
    assert fired["extra"]["severity"] == "critical"
    assert (ended["event"], ended["level"]) == ("alert_resolved", "INFO")


def test_personal_data_does_not_leave(stack):
    """A message that a rule made of what a user typed is redacted before anybody is told."""
    stack.alerts.add_rule(
        AlertRule("Typed", "info", lambda _: True, lambda _: "ann@example.org wrote")
    )
    (alert,) = stack.alerts.evaluate()
    assert "ann@example.org" not in alert.description


async def _get(app, path: str) -> httpx.Response:
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://app") as client:
        return await client.get(path)


def test_alerts_are_an_endpoint(stack):
    """``/alerts`` answers state, history and rules, and is itself in no metric of the agent."""
    import asyncio  # noqa: PLC0415 -- this test alone needs a loop

    stack.alerts.add_rule(_always())
    stack.alerts.evaluate()
    app = Starlette()
    stack.instrument(app)
    answer = asyncio.run(_get(app, "/alerts"))
    told = answer.json()
    assert answer.status_code == 200
    assert [(each["name"], each["state"]) for each in told["alerts"]] == [("Always", "firing")]
    assert [each["status"] for each in told["history"]] == ["firing"]
    assert {"name": "HighErrorRate", "scope": "request"}.items() <= told["rules"][0].items()
    assert stack.registry.get_sample_value("agent_active_connections") in {None, 0}
    assert "/alerts" not in stack.metrics.to_prometheus_text()
