"""Tells a program, in the JSON of Alertmanager's webhook (version 4).

Source: https://prometheus.io/docs/alerting/latest/configuration/#webhook_config.
"""

import math
from typing import Any

from agent_telemetry.alerting.alert import Alert, rfc3339
from agent_telemetry.alerting.notifiers.http_post import post_json

#: Alertmanager's word for "has not ended".
_NEVER = "0001-01-01T00:00:00Z"


class WebhookNotifier:
    """Posts each alert as a group of one.

    Args:
        url: where to.
        receiver: the name of the receiver in the payload.
    """

    name = "webhook"

    def __init__(self, url: str, receiver: str = "agent_telemetry") -> None:
        self._url = url
        self._receiver = receiver

    def send(self, alert: Alert) -> None:
        """Post it."""
        post_json(self._url, webhook_payload(alert, self._receiver))


def webhook_payload(alert: Alert, receiver: str) -> dict[str, Any]:
    """Return the JSON that a webhook of Alertmanager would be sent."""
    labels = {**alert.labels, "alertname": alert.name, "severity": alert.severity}
    annotations = {"summary": alert.name, "description": alert.description}
    if alert.value is not None and math.isfinite(alert.value):
        annotations["value"] = f"{alert.value:.10g}"
    ends = _NEVER
    if alert.status == "resolved":
        ends = rfc3339(alert.timestamp)
    elif alert.expires_at is not None:
        ends = rfc3339(alert.expires_at)
    group = {"alertname": alert.name}
    return {
        "version": "4",
        "groupKey": f'{{}}:{{alertname="{alert.name}"}}',
        "truncatedAlerts": 0,
        "status": alert.status,
        "receiver": receiver,
        "groupLabels": group,
        "commonLabels": labels,
        "commonAnnotations": annotations,
        "externalURL": "",
        "alerts": [
            {
                "status": alert.status,
                "labels": labels,
                "annotations": annotations,
                "startsAt": rfc3339(alert.began),
                "endsAt": ends,
                "generatorURL": "",
                "fingerprint": alert.fingerprint,
            }
        ],
    }
