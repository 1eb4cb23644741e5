"""The table of objectives and the windows over which they are judged."""

import re

import pytest
import yaml

from agent_telemetry.catalogue import FAMILIES
from prometheus import generate as rules
from prometheus.bad_rule import BadRuleError
from prometheus.durations import TimeScale, seconds
from prometheus.objectives import PAIRS, PERIOD, Objective, groups, read
from prometheus.thresholds import Thresholds, load
from tests.config.compose_files import ROOT, services

PAIR_LIST = [pair for pairs in PAIRS.values() for pair in pairs]
_HISTOGRAM_OF = {
    "latency": "agent_request_duration_seconds",
    "first_token": "gen_ai_client_operation_time_to_first_chunk_seconds",
}


def _thresholds(preset: str = "") -> Thresholds:
    extra = rules.PRESETS / f"{preset}.yml" if preset else None
    return load(rules.HERE / "thresholds.yml", extra)


_EVERY = [(name, each) for name in ["", *rules.presets()] for each in _thresholds(name).objectives]
every_objective = pytest.mark.parametrize(
    "objective", [each for _, each in _EVERY], ids=[f"{p or 'default'}-{o.name}" for p, o in _EVERY]
)


@every_objective
def test_every_pair_of_windows_can_fire(objective):
    """No pair asks for more failures than there are events; spending has no such bound."""
    if objective.budget:
        assert objective.budget > 0
        return

    assert all(pair.factor * (1 - objective.objective) < 1 for pair in PAIR_LIST)


@every_objective
def test_a_bound_is_a_bound_of_the_histograms_buckets(objective):
    """Events up to the bound are counted by a bucket, so the share is exact."""
    if objective.name not in _HISTOGRAM_OF:
        assert objective.bound == 0
        return

    assert objective.bound in FAMILIES[_HISTOGRAM_OF[objective.name]].buckets


def test_the_windows_use_up_the_shares_that_they_are_named_for():
    """A pair's factor, held over its long window, uses up its share of seven days' budget."""
    for pair in PAIR_LIST:
        used = pair.factor * seconds(pair.long) / seconds(PERIOD)
        assert used == pytest.approx(pair.share, rel=0.001)
        assert seconds(pair.long) / 12 <= seconds(pair.short) <= seconds(pair.long) / 11


def test_prometheus_keeps_as_much_as_the_period():
    """What is looked back over for seven days is still there."""
    flags = " ".join(services()["prometheus"]["command"])
    kept = re.search(r"retention\.time=(?:\$\{\w+:-)?(\w+)", flags)[1]

    assert seconds(kept) > seconds(PERIOD)


@pytest.mark.parametrize(
    ("table", "says"),
    [
        ({"latency": {"objective": 0.9, "bound": 1}}, "above 0.9256"),
        ({"latency": {"objective": 1, "bound": 1}}, "below 1"),
        ({"latency": {"objective": 0.95}}, "bound, objective"),
        ({"latency": {"objective": "high", "bound": 1}}, "number above 0"),
        ({"latency": None}, "bound, objective"),
        ({"beauty": {"objective": 0.95}}, "beauty is not known"),
        ({"spend": {"budget": 0}}, "number above 0"),
    ],
)
def test_a_row_that_makes_no_sense_is_refused(table, says):
    """The error names the objective, what is wrong and what is accepted."""
    with pytest.raises(BadRuleError, match=f"objectives: .*{says}"):
        read(table)


def test_a_row_may_be_left_out():
    """Without a budget, or without any share, the other objectives are recorded all the same."""
    scale = TimeScale()
    shares = groups([Objective("tools", objective=0.95)], scale)
    money = groups([Objective("spend", budget=10)], scale)

    assert "spend" not in str(shares)
    assert "slo:budget:usd7d" in {record.name for record in money["slo_events"]}


def test_a_preset_replaces_a_row_and_keeps_the_others(tmp_path):
    """What a preset does not name is as in thresholds.yml."""
    preset = tmp_path / "fast.yml"
    preset.write_text("objectives: {latency: {objective: 0.99, bound: 1}}\nalerts: {}\n", "utf-8")

    found = {each.name: each for each in load(rules.HERE / "thresholds.yml", preset).objectives}
    shipped = {each.name: each for each in _thresholds().objectives}

    assert found == shipped | {"latency": Objective("latency", objective=0.99, bound=1)}


def test_the_jobs_that_must_be_there_are_those_with_static_targets():
    """TargetVanished knows each server that is always there, under the name of its `service`."""
    text = (ROOT / "prometheus" / "prometheus.yml").read_text("utf-8")
    static = {
        job["job_name"]: job["static_configs"][0]["labels"]["service"]
        for job in yaml.safe_load(text)["scrape_configs"]
        if "static_configs" in job
    }
    of_key = {alert.key: alert for alert in _thresholds().alerts}
    agent = of_key["AgentDown/agent"].settings["job"]
    vanished = of_key["TargetVanished/target"].settings

    assert all(job == service for job, service in static.items())
    assert set(vanished["jobs"].split()) == static.keys() - {agent}
    assert {vanished["agent_job"], of_key["TargetDown/target"].settings["agent_job"]} == {agent}
    assert of_key["ObjectiveWithoutData/slo"].settings["job"] == agent
