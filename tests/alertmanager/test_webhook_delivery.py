"""What Slack, PagerDuty, the inbox and an outside observer get; all four are FAKES that record."""

import httpx
import pytest

from tests.alertmanager.live_alertmanager import live_alertmanager
from tests.alertmanager.payloads import PagerDutyEvent, SlackMessage
from tests.polling import wait_for

KEY = "0123456789abcdef0123456789abcdef"
CRITICAL = {"alertname": "HighAPICost", "severity": "critical", "scope": "cost", "service": "shop"}
WARNING = {**CRITICAL, "alertname": "LowCacheHitRate", "severity": "warning", "scope": "cache"}
LINKS = {"runbook_url": "http://h/runbooks/x", "dashboard_url": "http://h/d/x"}


@pytest.fixture
def alertmanager(receivers, tmp_path):
    """A real Alertmanager with every secret but the mail's."""
    with live_alertmanager(
        tmp_path,
        secrets={
            "slack_webhook_url": f"{receivers.url}/slack",
            "slack_warnings_webhook_url": f"{receivers.url}/slack-warnings",
            "pagerduty_routing_key": KEY,
            "watchdog_ping_url": f"{receivers.url}/ping/secret-of-the-check",
        },
        variables={"PAGERDUTY_URL": f"{receivers.url}/pagerduty"},
        replaced={"http://logger:8080/alerts": f"{receivers.url}/alerts"},
    ) as running:
        yield running


def _both(receivers, path):
    return wait_for(
        lambda: len(receivers.got(path)) >= 2 and receivers.got(path),
        within=30, what=f"two messages at {path}", pause=0.1,
    )  # fmt: skip


def _fire_and_resolve(alertmanager, receivers, labels, path):
    alertmanager.send(labels, **LINKS)
    wait_for(lambda: receivers.got(path), within=30, what=f"a message at {path}", pause=0.1)
    alertmanager.send(labels, resolved=True, **LINKS)
    return _both(receivers, path)


def test_slack_gets_well_formed_messages(alertmanager, receivers):
    """Red when it fires, green when it is over, with title, fallback and links each time."""
    fired, over = map(
        SlackMessage.model_validate,
        _fire_and_resolve(alertmanager, receivers, CRITICAL, "/slack"),
    )

    assert fired.channel == "#alerts"
    (red,), (green,) = fired.attachments, over.attachments
    assert (red.color, green.color) == ("#ff0000", "#00ff00")
    assert red.title == red.fallback == "Agent Alert: HighAPICost (shop)"
    assert green.title == "Agent Alert: HighAPICost (shop) is resolved"
    assert str(red.title_link) == LINKS["dashboard_url"]
    assert "It broke." in red.text
    assert "All of it." in red.text
    assert receivers.got("/slack-warnings") == []


def test_warnings_go_to_their_own_channel(alertmanager, receivers):
    """Orange, in the other channel, and nobody is paged."""
    fired, _ = map(
        SlackMessage.model_validate,
        _fire_and_resolve(alertmanager, receivers, WARNING, "/slack-warnings"),
    )

    assert fired.channel == "#agent-warnings"
    assert fired.attachments[0].color == "#ffa500"
    assert fired.attachments[0].title == "Agent Warning: LowCacheHitRate (shop)"
    assert receivers.got("/slack") == []
    assert receivers.got("/pagerduty") == []


def test_pagerduty_gets_well_formed_events(alertmanager, receivers):
    """One incident is opened and the same one is closed, with the links that help at night."""
    fired, over = map(
        PagerDutyEvent.model_validate,
        _fire_and_resolve(alertmanager, receivers, CRITICAL, "/pagerduty"),
    )

    assert (fired.event_action, over.event_action) == ("trigger", "resolve")
    assert fired.routing_key == over.routing_key == KEY
    assert fired.dedup_key == over.dedup_key
    assert fired.payload.severity == "critical"
    assert fired.payload.summary == "HighAPICost (shop)"
    assert fired.payload.component == "shop"
    assert fired.payload.model_extra["class"] == "HighAPICost"
    assert "All of it." in fired.payload.custom_details["text"]
    assert [str(link.href) for link in fired.links] == list(LINKS.values())


def test_two_causes_are_two_incidents(alertmanager, receivers):
    """Alerts of two services are not closed by each other."""
    alertmanager.send(CRITICAL, {**CRITICAL, "service": "search"}, **LINKS)

    events = map(PagerDutyEvent.model_validate, _both(receivers, "/pagerduty"))
    assert len({event.dedup_key for event in events}) == 2


def test_the_beat_reaches_the_observer_and_the_inbox_alone(alertmanager, receivers):
    """The outside address is called for the Watchdog, and for nothing else."""
    beat = {"alertname": "Watchdog", "severity": "none", "scope": "pipeline", "service": "p"}
    alertmanager.send(beat, CRITICAL, **LINKS)
    for path in ("/ping/secret-of-the-check", "/alerts", "/slack"):
        wait_for(lambda path=path: receivers.got(path), within=30, what=path, pause=0.1)

    named = {
        path: {alert["labels"]["alertname"] for body in bodies for alert in body["alerts"]}
        for path, bodies in receivers.bodies.items()
        if "alerts" in bodies[0]
    }
    assert named["/ping/secret-of-the-check"] == {"Watchdog"}
    assert "Watchdog" in named["/alerts"]
    slack = [SlackMessage.model_validate(body) for body in receivers.got("/slack")]
    assert all("HighAPICost" in message.attachments[0].title for message in slack)


def test_a_secret_is_neither_logged_nor_shown(alertmanager, receivers):
    """Whoever may read Alertmanager's log and page learns no key."""
    alertmanager.send(CRITICAL, **LINKS)
    wait_for(lambda: receivers.got("/pagerduty"), within=30, what="the page", pause=0.1)

    shown = httpx.get(f"{alertmanager.url}/api/v2/status").text
    assert KEY not in shown + alertmanager.log.read_text()
    assert "secret-of-the-check" not in shown + alertmanager.log.read_text()
