"""What arrives at `/alerts`, and how it is listed."""

import json

import pytest
import requests

from tests.unit.example_app.inbox.conftest import alert, webhook


def test_delivered_alerts_are_listed_newest_first(inbox):
    """Every field that people and tests rely on is in the list."""
    assert inbox.deliver(alert(scope="request", service="example-agent")).json() == {"accepted": 1}
    inbox.clock.advance(seconds=5)
    inbox.deliver(alert("AgentDown"))
    newest, oldest = inbox.listed()
    assert newest["alertname"] == "AgentDown"
    assert oldest == {
        "alertname": "HighErrorRate",
        "status": "firing",
        "severity": "critical",
        "scope": "request",
        "service": "example-agent",
        "labels": {
            "alertname": "HighErrorRate",
            "severity": "critical",
            "scope": "request",
            "service": "example-agent",
        },
        "annotations": {"summary": "HighErrorRate happened", "description": "Look at it."},
        "starts_at": "2026-01-01T11:00:00.123456+00:00",
        "ends_at": None,
        "received_at": "2026-01-01T12:00:00+00:00",
        "last_received_at": "2026-01-01T12:00:00+00:00",
        "deliveries": 1,
        "receiver": "inbox",
        "fingerprint": "HighErrorRate-request-example-agent",
        "generator_url": "http://localhost:9090/graph?g0.expr=x",
    }


def test_each_alert_is_one_json_line_on_stdout(inbox, capsys):
    """The container's log is a record of its own."""
    inbox.deliver(alert(), alert("AgentDown", note="two\nlines"))
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["alertname"] for line in lines] == ["HighErrorRate", "AgentDown"]
    assert lines[1]["labels"]["note"] == "two\nlines"
    assert all(line["received_at"] == "2026-01-01T12:00:00+00:00" for line in lines)


def test_firing_and_resolved_are_two_entries(inbox):
    """The end of an alert is listed beside its beginning, with the time at which it ended."""
    inbox.deliver(alert())
    inbox.clock.advance(minutes=1)
    inbox.deliver(alert(status="resolved"))
    resolved, firing = inbox.listed()
    assert (firing["status"], resolved["status"]) == ("firing", "resolved")
    assert resolved["ends_at"] == "2026-01-01T11:30:00+00:00"


def test_a_repeat_is_counted_and_not_listed_twice(inbox):
    """What still fires is one entry: first and last arrival, and how often."""
    inbox.deliver(alert())
    inbox.clock.advance(hours=1)
    inbox.deliver(alert())
    (entry,) = inbox.listed()
    assert entry["deliveries"] == 2
    assert entry["received_at"] == "2026-01-01T12:00:00+00:00"
    assert entry["last_received_at"] == "2026-01-01T13:00:00+00:00"


def test_the_list_can_be_filtered(inbox):
    """By name, by status, by both."""
    inbox.deliver(alert(), alert("AgentDown"), alert("AgentDown", status="resolved"))
    assert len(inbox.listed(alertname="AgentDown")) == 2
    assert len(inbox.listed(status="firing")) == 2
    assert len(inbox.listed(alertname="AgentDown", status="resolved")) == 1
    assert inbox.listed(alertname="None") == []
    assert inbox.get("/alerts", status="sleeping").status_code == 400


@pytest.mark.parametrize(
    "body",
    [
        [],
        "x",
        {},
        {"alerts": {}},
        {"version": "3", "alerts": []},
        webhook({}),
        webhook({**alert(), "labels": {"severity": "critical"}}),
        webhook({**alert(), "labels": {"alertname": 3}}),
        webhook({**alert(), "status": "sleeping"}),
        webhook({**alert(), "startsAt": "yesterday"}),
    ],
)
def test_other_bodies_are_refused_whole(inbox, body):
    """What is no webhook is 400 with the reason, and nothing of it is kept."""
    refused = inbox.post(body)
    assert refused.status_code == 400
    assert refused.json()["error"]
    assert inbox.listed() == []


@pytest.mark.parametrize(
    ("content", "headers", "status"),
    [
        (b"{", {"Content-Type": "application/json"}, 400),
        (b"", {"Content-Type": "application/json"}, 400),
        (b"{}", {"Content-Type": "text/plain"}, 415),
        (b" " * (1024 * 1024 + 1), {"Content-Type": "application/json"}, 413),
    ],
)
def test_unreadable_bodies_are_refused(inbox, content, headers, status):
    """Bad JSON, another content type and a body over 1 MiB each have their own answer."""
    answer = requests.post(f"{inbox.url}/alerts", data=content, headers=headers, timeout=10)
    assert answer.status_code == status
    assert answer.json()["error"]


def test_refusals_and_arrivals_are_counted(inbox):
    """The metrics tell what arrived by name and status, and what was refused."""
    inbox.deliver(alert(), alert())
    inbox.post({})
    text = inbox.get("/metrics").text
    assert (
        'alert_inbox_alerts_received_total{alertname="HighErrorRate",status="firing"} 2.0' in text
    )
    assert 'alert_inbox_refused_total{reason="unreadable"} 1.0' in text


def test_names_in_the_metrics_are_bounded(inbox):
    """Nobody can fill the metrics with names: past a hundred they count as `other`."""
    inbox.deliver(*(alert(f"Alert{number}") for number in range(150)))
    text = inbox.get("/metrics").text
    assert 'alert_inbox_alerts_received_total{alertname="other",status="firing"} 50.0' in text
    assert text.count("alert_inbox_alerts_received_total{") == 101


def test_health(inbox):
    """The probe answers."""
    assert inbox.get("/health").json() == {"status": "ok"}


@pytest.mark.parametrize(("path", "status"), [("/none", 404), ("/watchdog/x", 404)])
def test_unknown_paths_are_json_errors(inbox, path, status):
    """The framework's own refusals are JSON, too."""
    answer = inbox.get(path)
    assert answer.status_code == status
    assert answer.json()["error"]
