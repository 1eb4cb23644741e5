"""Outside of office hours warnings wait, and critical alerts do not."""

import httpx
import pytest
import yaml

from tests.alertmanager.effective import effective_text, write_effective
from tests.alertmanager.live_alertmanager import live_alertmanager
from tests.config.server_programs import run
from tests.polling import wait_for

WARNING = {"alertname": "LowCacheHitRate", "severity": "warning", "scope": "cache", "service": "s"}
CRITICAL = {**WARNING, "alertname": "HighAPICost", "severity": "critical"}


@pytest.fixture
def secrets(tmp_path):
    """An empty directory."""
    directory = tmp_path / "secrets"
    directory.mkdir()
    return directory


def test_without_the_variable_warnings_are_sent_at_any_time(secrets):
    """Quiet hours are an offer, not the default."""
    text = effective_text(secrets)

    assert "time_intervals" not in yaml.safe_load(text)
    assert "active_time_intervals" not in text


def test_the_variable_names_the_place_whose_office_hours_count(secrets, tmp_path):
    """Only the route of the warnings has them, in the time zone that was given."""
    text = effective_text(secrets, {"WARNING_HOURS_TIMEZONE": "Europe/Berlin"})
    config = yaml.safe_load(text)
    path = tmp_path / "alertmanager.yml"
    path.write_text(text, "utf-8")

    assert run("amtool", "check-config", path).returncode == 0
    limited = [r["receiver"] for r in config["route"]["routes"] if "active_time_intervals" in r]
    assert limited == ["warnings"]
    (hours,) = config["time_intervals"][0]["time_intervals"]
    assert hours["location"] == "Europe/Berlin"


@pytest.mark.parametrize(
    ("name", "value", "accepted"),
    [
        ("WARNING_HOURS_TIMEZONE", "Atlantis", "a time zone's name"),
        ("WARNING_HOURS_TIMEZONE", "../../etc/passwd", "a time zone's name"),
        ("SMTP_SMARTHOST", "smtp.example.org", "host:port"),
        ("SMTP_SMARTHOST", "smtp.example.org:99999", "host:port"),
        ("ALERT_EMAIL_TO", "me@example.org, you", "mail addresses"),
        ("ALERT_EMAIL_FROM", "a@example.org, b@example.org", "one mail address"),
        ("PAGERDUTY_URL", "events.pagerduty.com", "http or https"),
    ],
)
def test_a_bad_value_stops_the_start_by_its_name(name, value, accepted, secrets, tmp_path):
    """What cannot be meant is refused with the variable and what it accepts."""
    done = write_effective(secrets, tmp_path / "am.yml", {name: value})

    assert done.returncode == 1
    assert name in done.stderr
    assert accepted in done.stderr
    assert not (tmp_path / "am.yml").exists()


def test_a_warning_waits_and_a_critical_alert_does_not(receivers, tmp_path):
    """In quiet hours Slack gets the critical alert only; the inbox gets both at once."""
    with live_alertmanager(
        tmp_path,
        secrets={
            "slack_webhook_url": f"{receivers.url}/slack",
            "slack_warnings_webhook_url": f"{receivers.url}/slack-warnings",
        },
        variables={"WARNING_HOURS_TIMEZONE": "UTC"},
        replaced={
            "http://logger:8080/alerts": f"{receivers.url}/alerts",
            "weekdays: [monday:friday]": "years: ['2000']",  # never again
        },
    ) as running:
        running.send(WARNING, CRITICAL)

        def muted():
            groups = httpx.get(f"{running.url}/api/v2/alerts/groups").json()
            return [
                alert["status"].get("mutedBy")
                for group in groups
                if group["receiver"]["name"] == "warnings"
                for alert in group["alerts"]
            ]

        wait_for(lambda: muted() == [["office hours"]], within=30, what="muted", pause=0.2)
        wait_for(lambda: receivers.got("/slack"), within=30, what="the critical one", pause=0.2)
        wait_for(lambda: len(receivers.got("/alerts")) >= 2, within=30, what="inbox", pause=0.2)
    assert receivers.got("/slack-warnings") == []
