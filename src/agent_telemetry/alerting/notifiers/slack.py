"""Tells a Slack channel by an incoming webhook.

Source: https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks/ and
https://docs.slack.dev/legacy/legacy-messaging/legacy-secondary-message-attachments/.
"""

import math
from typing import Any

from agent_telemetry.alerting.alert import Alert, rfc3339
from agent_telemetry.alerting.notifiers.http_post import post_json

_COLOURS = {"critical": "#ff0000", "warning": "#ffa500", "info": "#00ff00"}
_OTHER_COLOUR = "#000000"
_RESOLVED_COLOUR = "#00ff00"


class SlackNotifier:
    """Posts one message for each alert, with a bar in the colour of its severity.

    Args:
        url: the webhook's address; it is a secret.
    """

    name = "slack"

    def __init__(self, url: str) -> None:
        self._url = url

    def send(self, alert: Alert) -> None:
        """Post it."""
        post_json(self._url, slack_message(alert))


def slack_message(alert: Alert) -> dict[str, Any]:
    """Return the JSON that Slack is sent."""
    resolved = alert.status == "resolved"
    lines = [f"✅ {alert.name} resolved" if resolved else f"🚨 {alert.name}", alert.description]
    if alert.value is not None and math.isfinite(alert.value):
        lines.append(f"Value: {alert.value:.2f}")
    colour = _RESOLVED_COLOUR if resolved else _COLOURS.get(alert.severity, _OTHER_COLOUR)
    return {
        "text": "\n".join(_escaped(line) for line in lines if line),
        "attachments": [
            {
                "color": colour,
                "fields": [
                    {"title": "Severity", "value": _escaped(alert.severity), "short": True},
                    {"title": "Time", "value": rfc3339(alert.timestamp), "short": True},
                ],
            }
        ],
    }


def _escaped(text: str) -> str:
    """Return a text in which nothing is a link or calls a whole channel."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
