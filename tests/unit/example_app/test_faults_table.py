"""The table of faults: complete, and true to the rules, dashboards, metrics and log fields."""

import re
from itertools import chain

import pytest

from agent_telemetry import FAMILIES
from agent_telemetry.logs.record import FIELDS
from commands import faults_document
from example_app.fault_kinds import OWN_FAULTS, read_settings
from example_app.incidents import load_incidents
from example_app.simulator.fault_settings import check_parameters
from example_app.simulator.faults import FAULT_KINDS
from grafana.panel_ids import PANEL_IDS
from tests.config.promql_names import asked_by
from tests.config.rule_files import alerts, records

INCIDENTS = load_incidents()
KINDS = {kind.name: kind for kind in (*OWN_FAULTS, *FAULT_KINDS)}
#: Alerts that the project is to have; one that exists is checked against its rule instead.
TO_COME = {
    "AvailabilityBelowSLA",
    "CostTrend",
    "DailyCostExceeded",
    "HighActiveConnections",
    "HighCPUUsage",
    "HighLogErrorRate",
    "HighMemoryUsage",
    "HighTokenUsage",
    "LatencyTrend",
    "LowCacheHitRate",
    "PoolNearCapacity",
    "SlowRequests",
    "SlowResponse",
}


def test_table_holds_every_fault_and_no_other():
    """A fault that can be started is in the table, and one in the table can be started."""
    names = [kind.name for kind in (*OWN_FAULTS, *FAULT_KINDS)]
    assert len(names) == len(set(names))
    assert set(INCIDENTS) == set(names)


def test_document_is_up_to_date():
    """docs/faults.md is the rendered table, to the letter."""
    assert faults_document.DOCUMENT.read_text("utf-8") == faults_document.render()


@pytest.mark.parametrize("incident", INCIDENTS.values(), ids=lambda each: each.name)
def test_alert_is_a_rule_or_one_to_come(incident):
    """A named alert has a rule, with the scope where one is given, or is known to be missing."""
    if incident.alert is None:
        assert incident.scope is None
        return
    rules = [rule for rule in alerts() if rule["alert"] == incident.alert]
    if not rules:
        assert incident.alert in TO_COME
        return
    assert incident.scope in {None, *(rule["labels"]["scope"] for rule in rules)}
    if len(rules) > 1:
        assert incident.scope is not None, "several alerts have this name: which is meant?"


@pytest.mark.parametrize("incident", INCIDENTS.values(), ids=lambda each: each.name)
def test_dashboard_and_panel_exist(incident):
    """The link of the incident ends at a panel that is there."""
    assert PANEL_IDS[incident.dashboard][incident.panel] == incident.panel_id


@pytest.mark.parametrize("incident", INCIDENTS.values(), ids=lambda each: each.name)
def test_numbers_and_queries_read_metrics_that_exist(incident):
    """Each metric and label of the table is one that the agent exposes or Prometheus records."""
    exposed = {
        name: set(family.labels) for family in FAMILIES.values() for name in family.sample_names()
    }
    recorded = {rule["record"] for rule in records()}
    assert asked_by(incident.where_to_look.metric).metrics <= exposed.keys() | recorded
    for number in incident.numbers:
        assert number.labels.keys() <= exposed[number.metric]
    assert any(number.rises_by for number in incident.numbers)


@pytest.mark.parametrize("incident", INCIDENTS.values(), ids=lambda each: each.name)
def test_log_query_reads_fields_that_records_have(incident):
    """Each field of a LogQL query is in the record contract."""
    named = re.findall(r"(\w+)\s*(?:=~|!=|>=|<=|=|>|<)", incident.where_to_look.log)
    assert named
    assert set(named) - {"service_name"} <= set(FIELDS)


@pytest.mark.parametrize("incident", INCIDENTS.values(), ids=lambda each: each.name)
def test_drive_starts_the_fault_with_settings_that_it_takes(incident):
    """The settings of a drive are the fault's own and within its bounds."""
    kind, settings = KINDS[incident.name], incident.drive.settings
    taken = (
        read_settings(kind, settings) if kind in OWN_FAULTS else check_parameters(kind, settings)
    )
    assert dict(settings).items() <= taken.items()


def test_document_tells_everything_of_the_table():
    """What people see, where to look and how it ends stand in the document for every fault."""
    text = faults_document.render()
    told = chain.from_iterable(
        (
            each.what_breaks,
            each.what_the_user_sees,
            each.where_to_look.metric,
            each.where_to_look.log,
            each.how_it_ends,
            each.lite,
        )
        for each in INCIDENTS.values()
    )
    assert [sentence for sentence in told if sentence not in text] == []
    assert set(re.findall(r"^## (\w+)$", text, re.MULTILINE)) == set(INCIDENTS)


def test_check_tells_a_stale_document(tmp_path, monkeypatch, capsys):
    """`--check` fails on a document that is not what the table says, and writes nothing."""
    stale = tmp_path / "faults.md"
    stale.write_text("old", encoding="utf-8")
    monkeypatch.setattr(faults_document, "DOCUMENT", stale)
    monkeypatch.setattr("sys.argv", ["faults_document", "--check"])
    assert faults_document.main() == 1
    assert "python -m commands.faults_document" in capsys.readouterr().out
    assert stale.read_text("utf-8") == "old"
    monkeypatch.setattr("sys.argv", ["faults_document"])
    assert faults_document.main() == 0
    assert stale.read_text("utf-8") == faults_document.render()
