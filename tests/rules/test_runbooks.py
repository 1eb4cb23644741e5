"""Every alert has a runbook that is whole, and no runbook is left over."""

import re

import pytest
import yaml

from example_app.incidents import load_incidents
from prometheus.objectives.burn_pair import PAIRS
from tests.config.compose_files import ROOT
from tests.config.rule_files import alert_id, alerts
from tests.rules.runbook_files import INDEX, alert_names, blocks, runbooks

THRESHOLDS = ROOT / "prometheus" / "thresholds.yml"
HEADINGS = ["Meaning", "Impact", "Diagnosis", "Mitigation", "Verify"]

every_runbook = pytest.mark.parametrize("alert", sorted(runbooks()))


def test_alerts_and_runbooks_are_the_same_set():
    """Whoever is woken finds a page, and no page tells of an alert that is gone."""
    assert set(runbooks()) == alert_names()


@every_runbook
def test_sections_are_there_in_one_order_and_filled(alert):
    """At night one looks for the same thing in the same place."""
    text = runbooks()[alert]

    assert text.startswith(f"# {alert}\n")
    assert re.findall(r"(?m)^## (.+)$", text) == HEADINGS
    sections = re.split(r"(?m)^## .+$", text)[1:]
    few = [name for name, one in zip(HEADINGS, sections, strict=True) if len(one.split()) < 8]
    assert few == []


@every_runbook
def test_there_is_a_query_to_begin_with(alert):
    """Diagnosis starts from a number or a line, not from a guess."""
    assert alert in {one.alert for kind in ("promql", "logql") for one in blocks(kind)}


@every_runbook
def test_fences_are_closed_and_of_a_known_kind(alert):
    """A fence that is left open hides the rest of the page; an unknown kind is run by no test."""
    fences = re.findall(r"(?m)^ *```(\w*)$", runbooks()[alert])

    assert fences[1::2] == [""] * (len(fences) // 2)
    assert set(fences[::2]) <= {"promql", "logql", "sh"}


def test_the_index_leads_to_every_runbook():
    """Who knows the symptom but not the alert's name finds the page."""
    by_symptom = INDEX.read_text("utf-8").split("\n## ")[1]

    assert set(re.findall(r"\[(\w+)\]\(\1\.md\)", by_symptom)) == set(runbooks())


@pytest.mark.parametrize(
    "incident",
    [one for one in load_incidents().values() if one.alert],
    ids=lambda one: one.name,
)
def test_a_fault_of_the_demo_is_named_by_the_runbook_of_its_alert(incident):
    """Who practises with `make incident` reads how to stop what was started."""
    text = runbooks()[incident.alert]

    assert incident.name in text
    assert "http://localhost:8000/faults" in text


def _defaults() -> list[tuple[str, str, float]]:
    """Return alert, scope and limit of every row of the thresholds and the presets' own alerts."""
    files = [*(ROOT / "prometheus" / "presets").glob("*.yml"), THRESHOLDS]
    rows: dict[tuple[str, str], float] = {}
    for path in files:  # the shipped limits last: they are the default where a preset differs
        for group in yaml.safe_load(path.read_text("utf-8"))["alerts"].values():
            for key, row in group.items():
                if "limit" in row:
                    rows[key.split("/")[0], key.split("/")[1]] = row["limit"]
    return [(*key, limit) for key, limit in rows.items()]


@pytest.mark.parametrize(("alert", "scope", "limit"), _defaults())
def test_the_limit_that_is_told_is_the_one_that_ships(alert, scope, limit):
    """The number in the text is that of thresholds.yml, and it is called the default."""
    meaning = " ".join(runbooks()[alert].split("\n## ")[1].split())
    written = rf"{limit:g}|{limit * 100:g} %|{limit / 1e9:g} GB"

    assert re.search(rf"(?<![\d.])(?:{written})(?![\d]|\.\d)", meaning), f"{limit} of {scope}"
    assert "default" in meaning


def test_scopes_of_one_name_are_told_apart():
    """Two alerts of one name share a page, so the page names each scope."""
    rules = [alert_id(rule).split("-") for rule in alerts()]
    scopes = {name: {scope for other, scope in rules if other == name} for name, _ in rules}
    for name in (name for name, found in scopes.items() if len(found) > 1):
        meaning = runbooks()[name].split("\n## ")[1]
        told = set(re.findall(r"`(?:scope=\")?([a-z]+)\"?`", meaning))
        assert scopes[name] <= told, name


#: Objective → the alerts that watch it.
BURNING = {
    "availability": "AvailabilityBelowSLA",
    "latency": "LatencyBudgetBurn",
    "first_token": "FirstTokenBudgetBurn",
    "tools": "ToolBudgetBurn",
    "spend": "SpendBudgetBurn",
}


@pytest.mark.parametrize("slo", BURNING)
def test_objectives_and_speeds_are_those_that_ship(slo):
    """The promise, its bound, and how much of the budget is gone when the alert fires are told."""
    row = yaml.safe_load(THRESHOLDS.read_text("utf-8"))["objectives"][slo]
    meaning = " ".join(runbooks()[BURNING[slo]].split("\n## ")[1].split())
    told = [f"{pair.share * 100:g} %" for pairs in PAIRS.values() for pair in pairs]
    told += [f"{row['objective'] * 100:g} %"] if "objective" in row else []
    told += [f"{row['bound']:g} s"] if "bound" in row else []
    told += [f"{row['budget']:g} USD"] if "budget" in row else []

    assert "default" in meaning
    assert [words for words in told if words not in meaning] == []
