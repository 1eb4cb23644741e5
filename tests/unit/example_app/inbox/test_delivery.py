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


def test_one_bad_alert_costs_the_others_nothing(inbox):
    """What is valid is kept, what is not is told by its position: nobody sends it again."""
    answer = inbox.deliver(alert(), {**alert(), "startsAt": 3}, "x", alert("AgentDown"))
    assert answer.status_code == 200
    told = answer.json()
    assert (told["accepted"], told["refused"]) == (2, 2)
    assert told["errors"][0].startswith("alerts.1.startsAt: ")
    assert told["errors"][1].startswith("alerts.2: ")
    assert {entry["alertname"] for entry in inbox.listed()} == {"HighErrorRate", "AgentDown"}
    assert 'alert_inbox_refused_total{reason="alert_unreadable"} 2.0' in inbox.get("/metrics").text


def test_a_thousand_alerts_in_one_delivery(start):
    """A flood with all its links is taken whole, told in the title, and read page by page."""
    inbox = start(history=2000)
    many = [alert("Flood", number=str(number)) for number in range(1000)]
    for each in many:
        each["annotations"] |= {
            f"{name}_url": "http://x/" + "y" * 700 for name in ("logs", "traces")
        }
    assert inbox.deliver(*many).json() == {"accepted": 1000}
    assert len(inbox.listed()) == 1000
    text = inbox.get("/").text
    assert "<title>1000 firing" in text
    assert text.count('class="alert"') == 100
    assert inbox.get("/", firing_page="10").text.count('class="alert"') == 100


@pytest.mark.parametrize("value", ["{}", "[]", '"a"', "1"])
def test_a_body_of_a_million_values_is_refused_unread(inbox, value):
    """Small values by the million would take a hundred times their size to read."""
    content = '{"version": "4", "alerts": [' + ",".join([value] * 1_000_000) + "]}"
    headers = {"Content-Type": "application/json"}
    answer = requests.post(f"{inbox.url}/alerts", data=content, headers=headers, timeout=10)
    assert answer.status_code == 400
    assert "values" in answer.json()["error"]


def test_the_list_has_pages(inbox):
    """`limit` and `offset` turn pages; what is no number is refused by name."""
    inbox.deliver(*(alert(f"Alert{number}") for number in range(5)))
    names = [entry["alertname"] for entry in inbox.listed(limit="2", offset="2")]
    assert names == ["Alert2", "Alert1"]
    for bad in ({"limit": "0"}, {"limit": "x"}, {"offset": "-1"}, {"limit": "9" * 30}):
        answer = inbox.get("/alerts", **bad)
        assert answer.status_code == 400
        assert next(iter(bad)) in answer.json()["error"]


def test_long_texts_are_cut(inbox):
    """One alert cannot fill the history: its texts are cut, those that matter most last."""
    sent = alert(**{f"label{number}": "v" * 2000 for number in range(50)})
    sent["fingerprint"] = "f"
    sent["annotations"] = {"junk": "j" * 100_000, "summary": "short", "description": "d" * 9000}
    assert inbox.deliver(sent).status_code == 200
    (entry,) = inbox.listed()
    assert entry["labels"]["severity"] == "critical"
    assert entry["annotations"]["summary"] == "short"
    assert entry["annotations"]["description"].endswith("d…")
    assert len(str(entry)) < 20_000


@pytest.mark.parametrize(
    ("content", "headers", "status"),
    [
        (b"{", {"Content-Type": "application/json"}, 400),
        (b"", {"Content-Type": "application/json"}, 400),
        (b"{}", {"Content-Type": "text/plain"}, 415),
        (b" " * (8 * 1024 * 1024 + 1), {"Content-Type": "application/json"}, 413),
    ],
)
def test_unreadable_bodies_are_refused(inbox, content, headers, status):
    """Bad JSON, another content type and a body over 8 MiB each have their own answer."""
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


def test_what_fires_is_a_metric(inbox):
    """By severity, without Watchdog; an end takes it away, a repeat adds nothing."""
    inbox.deliver(alert(), alert("Watchdog", severity="none"), alert("Odd", severity="odd"))
    inbox.deliver(alert())
    text = inbox.get("/metrics").text
    assert 'alert_inbox_alerts_firing{severity="critical"} 1.0' in text
    assert 'alert_inbox_alerts_firing{severity="none"} 1.0' in text
    assert "alert_inbox_deliveries_total 2.0" in text
    inbox.deliver(alert(status="resolved"))
    assert 'alert_inbox_alerts_firing{severity="critical"} 0.0' in inbox.get("/metrics").text


def test_what_alertmanager_left_out_is_counted(inbox):
    """A delivery that Alertmanager cut says so; a made-up number counts for nothing."""
    for number in (7, "many", True, -1):
        inbox.post({**webhook(alert()), "truncatedAlerts": number})
    assert "alert_inbox_alerts_left_out_total 7.0" in inbox.get("/metrics").text


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
