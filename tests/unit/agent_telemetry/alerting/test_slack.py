"""What a Slack channel is sent; the receiver is a fake of Slack on this machine."""

import pytest

from agent_telemetry.alerting.alert import Alert, at
from agent_telemetry.alerting.notifiers.http_post import NotDeliveredError
from agent_telemetry.alerting.notifiers.notifier import NotificationRefusedError
from agent_telemetry.alerting.notifiers.slack import SlackNotifier, slack_message
from tests.unit.agent_telemetry.alerting.alert_doubles import receiver

ALERT = Alert("HighErrorRate", "critical", "a <b> & c", {}, 0.126, at(1_700_000_000))


def test_message_is_as_prescribed():
    """Text with siren, name, description and value to two decimals; colour; both fields short."""
    with receiver() as slack:
        SlackNotifier(slack.url).send(ALERT)
    assert slack.bodies == [
        {
            "text": "🚨 HighErrorRate\na &lt;b&gt; &amp; c\nValue: 0.13",
            "attachments": [
                {
                    "color": "#ff0000",
                    "fields": [
                        {"title": "Severity", "value": "critical", "short": True},
                        {
                            "title": "Time",
                            "value": "2023-11-14T22:13:20.000+00:00",
                            "short": True,
                        },
                    ],
                }
            ],
        }
    ]


@pytest.mark.parametrize(
    ("severity", "colour"),
    [
        ("critical", "#ff0000"),
        ("warning", "#ffa500"),
        ("info", "#00ff00"),
        ("page", "#000000"),
    ],
)
def test_colour_tells_the_severity(severity, colour):
    """Red, orange, green, and black for any other word."""
    message = slack_message(Alert("A", severity, "b"))
    assert message["attachments"][0]["color"] == colour


@pytest.mark.parametrize("value", [None, float("nan"), float("inf")])
def test_no_value_is_left_out(value):
    """An alert without a number has no line for it."""
    assert slack_message(Alert("A", "info", "b", {}, value))["text"] == "🚨 A\nb"


def test_end_looks_like_one():
    """A resolved alert has no siren and is green."""
    message = slack_message(Alert("A", "critical", "b", status="resolved"))
    assert message["text"] == "✅ A resolved\nb"
    assert message["attachments"][0]["color"] == "#00ff00"


@pytest.mark.parametrize("status", [500, 503, 429, 408])
def test_overloaded_receiver_is_asked_again(status):
    """The failure may be tried again, and its text has no address in it."""
    with receiver() as slack:
        slack.statuses.append(status)
        with pytest.raises(NotDeliveredError, match=f"^HTTP {status}$"):
            SlackNotifier(f"{slack.url}/secret").send(ALERT)


@pytest.mark.parametrize("status", [400, 403, 404, 301, 307])
def test_refusal_is_for_good(status):
    """A wrong address is not tried again, and a redirect is not followed."""
    with receiver() as slack:
        slack.statuses.append(status)
        with pytest.raises(NotificationRefusedError):
            SlackNotifier(slack.url).send(ALERT)
        assert len(slack.bodies) == 1


def test_nobody_there_is_told_without_the_address():
    """A refused connection may be tried again; what is raised does not repeat the secret."""
    with receiver() as slack:
        url = slack.url
    with pytest.raises(NotDeliveredError) as raised:
        SlackNotifier(f"{url}/very-secret").send(ALERT)
    assert str(raised.value) == "ConnectionError"
    assert raised.value.__suppress_context__
