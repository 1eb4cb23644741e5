"""Who hears of which alert: a table made from the rule files, checked by amtool in both forms."""

import pytest
import yaml

from tests.alertmanager.shipped_alerts import alert_name, labels_of, shipped_alerts
from tests.config.server_programs import run

RECEIVERS = {
    "critical": "inbox,pagerduty,alerts",
    "warning": "inbox,warnings",
    "info": "inbox,inbox-only",
    "none": "inbox,alerts",
}
every_alert = pytest.mark.parametrize("rule", shipped_alerts(), ids=alert_name)


def _check(config, labels, expected):
    given = [f"{name}={value}" for name, value in labels.items()]
    result = run(
        "amtool", "config", "routes", "test", f"--config.file={config}",
        f"--verify.receivers={expected}", *given,
    )  # fmt: skip
    assert result.returncode == 0, result.stdout + result.stderr


def test_the_table_has_alerts_of_every_severity():
    """The table is made from rule files that are there, not from an empty folder."""
    found = {rule["labels"]["severity"] for rule in shipped_alerts()}

    assert found >= {"critical", "warning", "none"}
    assert "Watchdog" in {rule["alert"] for rule in shipped_alerts()}


@every_alert
def test_every_alert_reaches_who_is_meant(rule, written):
    """Each shipped alert goes where its severity says; the beat goes to who watches it."""
    expected = RECEIVERS[rule["labels"]["severity"]]
    if rule["alert"] == "Watchdog":
        pinged = "receiver: watchdog-ping" in written.read_text("utf-8")
        expected = "watchdog-ping,inbox" if pinged else "inbox"

    _check(written, labels_of(rule), expected)


@pytest.mark.parametrize("severity", [*RECEIVERS, "unheard-of", ""])
def test_an_alert_of_any_severity_reaches_the_inbox_and_somebody(severity, written):
    """An alert that somebody else sends, with a severity of its own, is not lost."""
    labels = {"alertname": "Foreign", "severity": severity}

    _check(written, labels, RECEIVERS.get(severity, RECEIVERS["none"]))


def test_both_forms_are_valid(written):
    """Alertmanager loads the file with and without secrets."""
    result = run("amtool", "check-config", written)

    assert result.returncode == 0, result.stdout + result.stderr


def test_every_receiver_of_the_routes_has_a_block(written):
    """A receiver whose secret is missing is empty, not unknown."""
    config = yaml.safe_load(written.read_text("utf-8"))
    named = {route["receiver"] for route in config["route"]["routes"]}

    assert named <= {one["name"] for one in config["receivers"]}
