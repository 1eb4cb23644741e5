"""Every setting of alerting, both ways; a wrong value stops the start by its name."""

import re

import pytest

from agent_telemetry import ConfigurationError, Settings
from agent_telemetry.alerting.notifiers.mail import MailServer
from agent_telemetry.alerting.settings import AlertSettings
from commands.checkout import ROOT

MAIL = {"SMTP_SMARTHOST": "smtp.example.org:25", "ALERT_EMAIL_TO": "a@example.org"}


def read(**variables: str) -> AlertSettings:
    """Return what the library makes of an environment."""
    return Settings.from_env("a", variables).alerts


def test_nothing_set_is_nothing_told():
    """By default nobody is told, every 15 s, over five minutes."""
    assert read() == AlertSettings()
    assert AlertSettings(enabled=None, seconds=15, window_seconds=300, mail=None) == AlertSettings()


@pytest.mark.parametrize(
    ("variable", "text", "field", "value"),
    [
        ("AGENT_TELEMETRY_ALERTS", "1", "enabled", True),
        ("AGENT_TELEMETRY_ALERTS", "0", "enabled", False),
        ("AGENT_TELEMETRY_ALERTS", "", "enabled", None),
        ("AGENT_TELEMETRY_ALERTS_SECONDS", "5", "seconds", 5),
        ("AGENT_TELEMETRY_ALERTS_WINDOW_SECONDS", "60", "window_seconds", 60),
        ("AGENT_TELEMETRY_ALERTS_WEBHOOK", "http://inbox:8080/alerts", "webhook",
         "http://inbox:8080/alerts"),
        ("SLACK_WEBHOOK", "https://slack.example/x", "slack_webhook", "https://slack.example/x"),
    ],
)  # fmt: skip
def test_variable_is_read(variable, text, field, value):
    """Each variable sets its field."""
    assert getattr(read(**{variable: text}), field) == value


def test_mail_is_read():
    """Server, port, recipients, sender, login and encryption."""
    assert read(**MAIL).mail == MailServer(
        host="smtp.example.org", port=25, sender="a@example.org", recipients=("a@example.org",)
    )
    full = read(
        SMTP_SMARTHOST="mail",
        ALERT_EMAIL_TO="a@example.org, B <b@example.org>",
        ALERT_EMAIL_FROM="c@example.org",
        SMTP_USERNAME="ann",
        SMTP_PASSWORD="secret",
        SMTP_STARTTLS="0",
    ).mail
    assert full == MailServer(
        host="mail",
        port=587,
        sender="c@example.org",
        recipients=("a@example.org", "b@example.org"),
        username="ann",
        password="secret",
        starttls=False,
    )


def test_recipients_alone_send_nothing():
    """ALERT_EMAIL_TO may be there for the Alertmanager alone."""
    assert read(ALERT_EMAIL_TO="a@example.org").mail is None


@pytest.mark.parametrize(
    ("variables", "named"),
    [
        ({"AGENT_TELEMETRY_ALERTS": "maybe"}, "AGENT_TELEMETRY_ALERTS"),
        ({"AGENT_TELEMETRY_ALERTS_SECONDS": "0"}, "AGENT_TELEMETRY_ALERTS_SECONDS"),
        ({"AGENT_TELEMETRY_ALERTS_SECONDS": "1.5"}, "AGENT_TELEMETRY_ALERTS_SECONDS"),
        ({"AGENT_TELEMETRY_ALERTS_WINDOW_SECONDS": "x"}, "AGENT_TELEMETRY_ALERTS_WINDOW_SECONDS"),
        ({"AGENT_TELEMETRY_ALERTS_WEBHOOK": "inbox"}, "AGENT_TELEMETRY_ALERTS_WEBHOOK"),
        ({"SLACK_WEBHOOK": "hooks/T0/B0/very-secret"}, "SLACK_WEBHOOK"),
        ({"SLACK_WEBHOOK": "http://[very-secret"}, "SLACK_WEBHOOK"),
        ({"SMTP_SMARTHOST": "mail:25"}, "ALERT_EMAIL_TO"),
        ({**MAIL, "SMTP_SMARTHOST": "mail:x"}, "SMTP_SMARTHOST"),
        ({**MAIL, "ALERT_EMAIL_TO": "ann"}, "ALERT_EMAIL_TO"),
        ({**MAIL, "ALERT_EMAIL_FROM": "ann"}, "ALERT_EMAIL_FROM"),
        ({**MAIL, "SMTP_USERNAME": "ann"}, "SMTP_PASSWORD"),
        ({**MAIL, "SMTP_PASSWORD": "very-secret"}, "SMTP_USERNAME"),
        ({**MAIL, "SMTP_STARTTLS": "perhaps"}, "SMTP_STARTTLS"),
    ],
)
def test_wrong_value_is_refused_by_name(variables, named):
    """The start stops with the variable's name, and never with a secret."""
    with pytest.raises(ConfigurationError) as raised:
        read(**variables)
    assert raised.value.variable == named
    assert "very-secret" not in str(raised.value)


def test_secrets_are_in_no_representation():
    """Printing the settings prints no address of Slack and no password."""
    shown = repr(
        Settings.from_env(
            "a",
            {
                **MAIL,
                "SLACK_WEBHOOK": "https://slack.example/very-secret",
                "AGENT_TELEMETRY_ALERTS_WEBHOOK": "https://x:very-secret@example.org",
                "SMTP_USERNAME": "ann",
                "SMTP_PASSWORD": "very-secret",
            },
        )
    )
    assert "very-secret" not in shown


def test_every_variable_is_in_the_document():
    """docs/settings.md has each variable that the sources read, those without our prefix too."""
    source = (ROOT / "src/agent_telemetry/alerting/settings.py").read_text("utf-8")
    names = set(re.findall(r'"((?:SLACK|SMTP|ALERT|AGENT_TELEMETRY)_[A-Z_]+)"', source))
    told = (ROOT / "docs" / "settings.md").read_text("utf-8")
    assert len(names) == 11
    assert {name for name in names if f"`{name}`" not in told} == set()
