"""Rules and panels ask only for metrics and labels that exist.

A rule over a metric that nobody exposes never fires, and nobody notices.
"""

import re

import pytest
import yaml

from agent_telemetry.catalogue import FAMILIES
from tests.config.compose_files import ROOT
from tests.config.dashboard_files import promql_targets
from tests.config.promql_names import asked_by
from tests.config.rule_files import alerts, records

#: Labels that a scrape adds to every series.
SCRAPE_LABELS = {"job", "instance", "service"}
#: Series of Prometheus itself and their labels, and why they are needed.
PROMETHEUS_SERIES = {
    "up": set(),  # whether a target answers: AgentDown, and the panel that shows it
    "ALERTS": {"alertname", "alertstate", "severity", "scope"},  # marks on dashboards
}
LEVEL = {"service": "service", "tenant": "tenant_id", "model": "model", "tool": "tool_name",
         "cache_type": "cache_type"}  # fmt: skip


def _exposed() -> dict[str, set[str]]:
    """Return each series that a scrape of the agent, or Prometheus, gives, with its labels."""
    series = {
        name: set(family.labels) | SCRAPE_LABELS | ({"le"} if name.endswith("_bucket") else set())
        for family in FAMILIES.values()
        for name in family.sample_names()
    }
    return series | {name: labels | SCRAPE_LABELS for name, labels in PROMETHEUS_SERIES.items()}


def _level_labels(name: str) -> set[str]:
    """Return the labels that the first part of a recorded series' name promises."""
    level = name.split(":", maxsplit=1)[0]
    found = {label for word, label in LEVEL.items() if re.search(rf"(^|_){word}(_|$)", level)}
    assert found, f"{name}: what is the level {level}?"
    return found


def _known() -> dict[str, set[str]]:
    return _exposed() | {rule["record"]: _level_labels(rule["record"]) for rule in records()}


def _queries() -> list[tuple[str, str]]:
    return [
        *((rule["record"], rule["expr"]) for rule in records()),
        *((rule["alert"], rule["expr"]) for rule in alerts()),
        *promql_targets(),
    ]


@pytest.mark.parametrize(("place", "expr"), _queries(), ids=lambda text: str(text)[:60])
def test_every_query_reads_series_and_labels_that_exist(place, expr):
    """Each metric is in the catalogue or recorded, and has every label it is asked for."""
    known = _known()
    asked = asked_by(expr)

    assert asked.metrics - known.keys() == set()
    filtered = {(m, label) for m, label in asked.selected if label and label not in known[m]}
    assert filtered == set()
    grouped = {
        (label, metric)
        for label, metrics in asked.grouped
        for metric in metrics
        if label not in known[metric]
    }
    assert grouped == set()


@pytest.mark.parametrize("rule", records(), ids=lambda rule: rule["record"])
def test_recorded_series_are_named_level_metric_operations(rule):
    """The name says which labels are left and over which time it looks back."""
    assert re.fullmatch(r"[a-z_]+:[a-z_]+:[a-z_]*(?:rate|increase)\d+[mhd]", rule["record"])
    kept = {label for label, _ in asked_by(rule["expr"]).grouped}
    assert kept <= _level_labels(rule["record"])


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
