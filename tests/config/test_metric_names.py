"""Rules and panels ask only for metrics and labels that exist.

A rule over a metric that nobody exposes never fires, and nobody notices.
"""

import re

import pytest
import yaml

from agent_telemetry.catalogue import FAMILIES
from tests.config.compose_files import ROOT
from tests.config.dashboard_files import promql_targets, server_series
from tests.config.promql_names import asked_by
from tests.config.rule_files import alerts, preset_alerts, records
from tests.rules.known_series import SCRAPE_LABELS, known

#: Series of Prometheus itself that no target has.
PROMETHEUS_SERIES = {
    "ALERTS": {"alertname", "alertstate", "severity", "scope", "service"},  # marks on dashboards
}


def _known() -> dict[str, set[str]]:
    servers = {name: labels | SCRAPE_LABELS for name, labels in server_series().items()}
    return servers | known() | PROMETHEUS_SERIES


def _queries() -> list[tuple[str, str]]:
    return [
        *((rule["record"], rule["expr"]) for rule in records()),
        *{(rule["alert"], rule["expr"]): None for rule in (*alerts(), *preset_alerts())},
        *promql_targets(),
    ]


@pytest.mark.parametrize(("place", "expr"), _queries(), ids=lambda text: str(text)[:60])
def test_every_query_reads_series_and_labels_that_exist(place, expr):
    """Each metric is in the catalogue or recorded, and has every label it is asked for."""
    there = _known()
    asked = asked_by(expr)

    assert asked.metrics - there.keys() == set()
    filtered = {(m, label) for m, label in asked.selected if label and label not in there[m]}
    assert filtered == set()
    grouped = {
        (label, metric)
        for label, metrics in asked.grouped
        for metric in metrics
        if label not in there[metric]
    }
    assert grouped == set()


@pytest.mark.parametrize("rule", records(), ids=lambda rule: rule["record"])
def test_recorded_series_are_named_level_metric_operations(rule):
    """The name says which labels are left and over which time it looks back."""
    constant = rule["expr"].startswith("vector(")
    operations = r"[a-z_0-9]+" if constant else r"[a-z0-9_]*(?:rate|increase|mean|ratio)\d+[mhd]"
    assert re.fullmatch(rf"[a-z_]+:[a-z_]+:{operations}", rule["record"])
    kept = {label for label, _ in asked_by(rule["expr"]).grouped} - {"le"}
    assert kept <= known()[rule["record"]]


@pytest.mark.parametrize(("place", "expr"), _queries(), ids=lambda text: str(text)[:60])
def test_status_values_are_ones_that_the_library_writes(place, expr):
    """A filter on a value that is never written would match nothing, for ever."""
    for metric, label, operator, value in re.findall(r'(\w+)\{[^}]*?(\w+)(=~?)"([^"$]+)"', expr):
        closed = FAMILIES[metric].closed.get(label) if metric in FAMILIES else None
        if closed and operator == "=":
            assert value in closed


def test_scraped_jobs_are_named_like_their_service():
    """`service` is one value everywhere, and every target has it."""
    config = yaml.safe_load((ROOT / "prometheus" / "prometheus.yml").read_text("utf-8"))
    for job in config["scrape_configs"]:
        named = [target["labels"]["service"] for target in job.get("static_configs", [])]
        named += [
            one["replacement"]
            for one in job.get("relabel_configs", [])
            if one.get("target_label") == "service"
        ]
        assert named == [job["job_name"]]
