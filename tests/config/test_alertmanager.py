"""Who hears of which alert, and in what words."""

import json

import pytest
import yaml

from tests.config.compose_files import ROOT
from tests.config.rule_files import alert_id, alerts
from tests.config.server_programs import run

CONFIG = ROOT / "alertmanager" / "alertmanager.yml"
TEMPLATES = ROOT / "alertmanager" / "templates"
RECEIVERS = {
    "critical": "inbox,pagerduty,alerts",
    "warning": "inbox,warnings",
    "info": "inbox,inbox-only",
    "none": "inbox,alerts",
}


@pytest.fixture(scope="module")
def config():
    """The committed configuration."""
    return yaml.safe_load(CONFIG.read_text("utf-8"))


def _routed_to(labels: dict[str, str], expected: str):
    given = [f"{name}={value}" for name, value in labels.items()]
    return run(
        "amtool", "config", "routes", "test", f"--config.file={CONFIG}",
        f"--verify.receivers={expected}", *given,
    )  # fmt: skip


def test_alertmanager_loads_the_committed_file():
    """The file is valid as it stands, before anything is left out."""
    result = run("amtool", "check-config", CONFIG)

    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize("rule", alerts(), ids=alert_id)
def test_every_alert_reaches_who_is_meant(rule):
    """Each shipped alert goes where its severity says; Watchdog goes to the inbox alone."""
    expected = RECEIVERS[rule["labels"]["severity"]]
    if rule["alert"] == "Watchdog":
        expected = "inbox"

    result = _routed_to({"alertname": rule["alert"], "service": "s", **rule["labels"]}, expected)

    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize("severity", [*RECEIVERS, "unheard-of", ""])
def test_an_alert_of_any_severity_reaches_the_inbox_and_somebody(severity):
    """An alert that somebody else sends, with a severity of its own, is not lost."""
    expected = RECEIVERS.get(severity, RECEIVERS["none"])

    result = _routed_to({"alertname": "Foreign", "severity": severity}, expected)

    assert result.returncode == 0, result.stdout + result.stderr


def test_groups_and_times_are_the_promised_ones(config):
    """An alert is sent within seconds, repeated twice a day, and grouped by what it is about."""
    route = config["route"]

    assert route["group_by"] == ["alertname", "severity", "scope", "service"]
    assert (route["group_wait"], route["group_interval"]) == ("10s", "10s")
    assert route["repeat_interval"] == "12h"
    assert config["global"]["resolve_timeout"] == "5m"


def test_the_beat_is_repeated_often_enough_for_the_three_minute_check(config):
    """Two beats in a row may be lost before the inbox calls the alert path dead."""
    beat = config["route"]["routes"][0]

    assert beat["matchers"] == ['alertname="Watchdog"']
    assert (beat["group_wait"], beat["group_interval"], beat["repeat_interval"]) == (
        "0s", "20s", "50s",
    )  # fmt: skip


def test_a_critical_alert_mutes_its_warning_and_nothing_else(config):
    """The pair is known by name and service, labels that every alert carries."""
    (rule,) = config["inhibit_rules"]

    assert rule["source_matchers"] == ['severity="critical"']
    assert rule["target_matchers"] == ['severity="warning"']
    assert rule["equal"] == ["alertname", "service"]


def test_no_secret_is_written_into_the_file():
    """Secrets are read from files; the committed one names only where."""
    text = CONFIG.read_text("utf-8")
    for inline in ("api_url:", "routing_key:", "service_key:", "smtp_auth_password:"):
        assert inline not in text


def _rendered(template: str, status: str, tmp_path, severity: str = "critical") -> str:
    alert = {
        "status": status,
        "labels": {"alertname": "HighErrorRate", "service": "shop", "severity": severity},
        "annotations": {
            "summary": "Many requests fail.",
            "description": "7 % of <them>.",
            "runbook_url": "http://h/runbooks/HighErrorRate",
            "dashboard_url": "http://h/d/x",
        },
        "startsAt": "2026-01-02T03:04:05Z",
        "endsAt": "2026-01-02T04:04:05Z",
    }
    other = {**alert, "annotations": {**alert["annotations"], "description": "9 % of others."}}
    data = {
        "receiver": "alerts",
        "status": status,
        "alerts": [alert, other],
        "groupLabels": {"alertname": "HighErrorRate"},
        "commonLabels": alert["labels"],
        "commonAnnotations": {},
        "externalURL": "http://h:9093",
    }
    path = tmp_path / "data.json"
    path.write_text(json.dumps(data), "utf-8")
    result = run(
        "amtool", "template", "render", f"--template.glob={TEMPLATES}/*.tmpl",
        f"--template.text={template}", f"--template.data={path}",
    )  # fmt: skip
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout.strip()


def _text(config, receiver: str, kind: str, *keys: str) -> str:
    value = next(r for r in config["receivers"] if r["name"] == receiver)[kind][0]
    for key in keys:
        value = value[key]
    return value


def test_slack_says_agent_alert_and_agent_warning(config, tmp_path):
    """The two channels' titles begin with the promised words and name the alert."""
    alert = _rendered(_text(config, "alerts", "slack_configs", "title"), "firing", tmp_path)
    warning = _rendered(_text(config, "warnings", "slack_configs", "title"), "firing", tmp_path)

    assert alert == "Agent Alert: HighErrorRate (shop)"
    assert warning == "Agent Warning: HighErrorRate (shop)"


def test_slack_shows_summary_and_description_of_every_alert_with_links(config, tmp_path):
    """Nothing of a group is swallowed, and one click leads to the runbook."""
    text = _rendered(_text(config, "alerts", "slack_configs", "text"), "firing", tmp_path)

    assert text.count("Many requests fail.") == 2
    assert "7 % of" in text
    assert "9 % of others." in text
    assert "<http://h/runbooks/HighErrorRate|Runbook>" in text
    assert "Logs" not in text


@pytest.mark.parametrize(
    ("status", "severity", "color"),
    [
        ("firing", "critical", "#ff0000"),
        ("firing", "warning", "#ffa500"),
        ("firing", "odd", "#000000"),
        ("resolved", "critical", "#00ff00"),
    ],
)
def test_slack_colours_tell_the_severity(status, severity, color, config, tmp_path):
    """Red, orange, green when it is over, black when nobody knows."""
    given = _text(config, "alerts", "slack_configs", "color")

    assert _rendered(given, status, tmp_path, severity) == color


@pytest.mark.parametrize(
    ("status", "subject"),
    [
        ("firing", "[ALERT] HighErrorRate critical on shop"),
        ("resolved", "[ALERT] resolved: HighErrorRate critical on shop"),
    ],
)
def test_mail_subjects_can_be_filtered(status, subject, config, tmp_path):
    """Every mail's subject begins with [ALERT] and says whether it is over."""
    given = _text(config, "alerts", "email_configs", "headers", "Subject")

    assert _rendered(given, status, tmp_path) == subject


@pytest.mark.parametrize("kind", ["text", "html"])
def test_mails_tell_every_alert_of_the_group(kind, config, tmp_path):
    """Both forms of a mail carry every description and its time."""
    told = _rendered(_text(config, "alerts", "email_configs", kind), "firing", tmp_path)

    assert "9 % of others." in told
    assert "2026-01-02 03:04:05 UTC" in told


def test_pagerduty_gets_a_title_and_links(config, tmp_path):
    """The page names the alert and leads to its runbook."""
    link = _text(config, "pagerduty", "pagerduty_configs", "links", 0, "href")
    title = _text(config, "pagerduty", "pagerduty_configs", "description")

    assert _rendered(title, "firing", tmp_path) == "HighErrorRate (shop)"
    assert _rendered(link, "firing", tmp_path) == "http://h/runbooks/HighErrorRate"
