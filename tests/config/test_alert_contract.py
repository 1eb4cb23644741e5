"""Every alert tells who is meant, what is wrong, and where to look."""

import re

import pytest

from grafana.panel_ids import PANEL_IDS
from tests.config.compose_files import ROOT
from tests.config.dashboard_files import panels
from tests.config.promql_names import asked_by
from tests.config.rule_files import alert_id, alerts, all_alerts

RUNBOOKS = ROOT / "docs" / "runbooks"
HEADINGS = ["Meaning", "Impact", "Diagnosis", "Mitigation", "Verify"]
SEVERITIES = {"critical", "warning", "info", "none"}

every_alert = pytest.mark.parametrize("rule", all_alerts(), ids=alert_id)


@every_alert
def test_labels_say_how_bad_it_is_and_whom_it_is_about(rule):
    """Routes, grouping and inhibition rely on severity, scope and service being there."""
    labels = rule["labels"]

    assert labels["severity"] in SEVERITIES
    assert re.fullmatch(r"[a-z]+", labels["scope"])
    kept = {label for label, _ in asked_by(rule["expr"]).grouped}
    recorded = any(name.startswith("service") for name in asked_by(rule["expr"]).metrics)
    assert "service" in labels or "service" in kept or recorded
    assert "$value" not in str(labels)


def test_an_alert_is_known_by_its_name_and_scope():
    """Two alerts of one name have two scopes, so that they are told apart."""
    names = [alert_id(rule) for rule in alerts()]

    assert len(set(names)) == len(names)
    assert len(names) >= 5


@every_alert
def test_texts_are_a_fixed_headline_and_a_line_with_the_value(rule):
    """The summary heads a group, so it is fixed; the description tells this one alert's value."""
    told = rule["annotations"]

    assert re.fullmatch(r"[A-Z][^{}]+\.", told["summary"])
    assert "{{" in told["description"]
    assert "$value" in told["description"]
    assert not re.search(r"(?<!\{)\{\w+[:}]", told["description"].replace("%q", ""))


@every_alert
def test_every_alert_has_its_links(rule):
    """One click leads to the runbook, the panel, the log lines and the traces."""
    told = rule["annotations"]
    expected = {"summary", "description", "runbook_url", "dashboard_url"}
    if rule["labels"]["severity"] != "none":
        expected |= {"logs_url", "traces_url"}

    assert told.keys() == expected
    for name in expected - {"summary", "description"}:
        assert told[name].startswith("{{ $externalLabels.link_")


@every_alert
def test_the_linked_panel_exists(rule):
    """The dashboard link opens the panel that shows the alert's number."""
    uid, panel_id = re.search(
        r"/d/([\w-]+)\?.*viewPanel=panel-(\d+)$", rule["annotations"]["dashboard_url"]
    ).groups()

    assert (uid, int(panel_id)) in {(found, panel["id"]) for found, panel in panels()}
    assert int(panel_id) in PANEL_IDS[uid].values()


@every_alert
def test_the_runbook_exists_and_is_whole(rule):
    """Whoever is woken up finds what it means, what it does, and what to do, in one order."""
    assert rule["annotations"]["runbook_url"].endswith(f"/runbooks/{rule['alert']}")
    text = (RUNBOOKS / f"{rule['alert']}.md").read_text("utf-8")

    assert text.startswith(f"# {rule['alert']}\n")
    assert re.findall(r"(?m)^## (.+)$", text) == HEADINGS
    sections = re.split(r"(?m)^## .+$", text)[1:]
    assert all(len(section.strip()) > 40 for section in sections)
