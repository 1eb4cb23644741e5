"""What a webhook is sent is what Alertmanager would send: the alert inbox reads it."""

from datetime import timedelta

import orjson

from agent_telemetry.alerting.alert import Alert, at
from agent_telemetry.alerting.notifiers.webhook import WebhookNotifier, webhook_payload
from example_app.inbox.webhook import read_webhook
from tests.unit.agent_telemetry.alerting.alert_doubles import receiver

NOW = at(1_700_000_000)
LABELS = {"service": "shop", "scope": "tool", "tool_name": "lookup"}
ALERT = Alert("APICallFailures", "warning", "12 calls failed", LABELS, 12.0, NOW)


def test_inbox_reads_it():
    """Name, severity, labels, texts, times and fingerprint arrive."""
    with receiver() as webhook:
        WebhookNotifier(webhook.url).send(ALERT)
    delivery = read_webhook(orjson.dumps(webhook.bodies[0]))
    (alert,) = delivery.alerts
    assert delivery.faults == ()
    assert (alert.alertname, alert.status, alert.severity) == (
        "APICallFailures", "firing", "warning",
    )  # fmt: skip
    assert LABELS.items() <= alert.labels.items()
    assert alert.annotations == {
        "summary": "APICallFailures", "description": "12 calls failed", "value": "12",
    }  # fmt: skip
    assert (alert.starts_at, alert.ends_at) == (NOW, None)
    assert alert.fingerprint == ALERT.fingerprint


def test_end_has_both_times():
    """A resolved alert has when it began and when it ended."""
    over = Alert(
        "A", "info", "", {}, None, NOW + timedelta(minutes=5), status="resolved", starts_at=NOW
    )
    (alert,) = read_webhook(orjson.dumps(webhook_payload(over, "r"))).alerts
    assert (alert.status, alert.starts_at) == ("resolved", NOW)
    assert alert.ends_at == NOW + timedelta(minutes=5)


def test_alert_that_expires_says_when():
    """A firing alert that ends by itself has that time as its end, as Alertmanager's do."""
    payload = webhook_payload(Alert("A", "info", "", {}, None, NOW, expires_at=NOW), "r")
    assert payload["alerts"][0]["endsAt"] == "2023-11-14T22:13:20.000+00:00"
    assert payload["version"] == "4"
    assert payload["groupLabels"] == {"alertname": "A"}


def test_labels_cannot_take_the_place_of_the_name():
    """A label called alertname does not rename the alert."""
    payload = webhook_payload(Alert("A", "info", "", {"alertname": "B", "severity": "c"}), "r")
    assert payload["alerts"][0]["labels"] == {"alertname": "A", "severity": "info"}
