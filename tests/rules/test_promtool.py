"""Every alert in the state that it is meant for, run by Prometheus' own rule engine."""

from pathlib import Path

import pytest
import yaml

from tests.config.compose_files import ROOT
from tests.config.server_programs import run

CASES = sorted(Path(__file__).parent.glob("*_test.yml"))
#: Its silence is the alarm, so it has no state in which it is quiet.
ALWAYS_FIRING = {"Watchdog"}


def _rules(kind: str) -> list[dict]:
    files = sorted((ROOT / "prometheus" / kind).glob("*.yml"))
    groups = [g for path in files for g in yaml.safe_load(path.read_text("utf-8"))["groups"]]
    return [rule for group in groups for rule in group["rules"]]


def _alert_checks() -> list[tuple[str, list[dict]]]:
    documents = [yaml.safe_load(path.read_text("utf-8")) for path in CASES]
    tests = [test for document in documents for test in document["tests"]]
    checks = [check for test in tests for check in test.get("alert_rule_test", [])]
    return [(check["alertname"], check.get("exp_alerts") or []) for check in checks]


@pytest.mark.parametrize("case", CASES, ids=lambda path: path.stem)
def test_rule_cases_hold(case):
    """The rules fire, stay quiet and resolve exactly as the case file says."""
    result = run("promtool", "test", "rules", case.name, cwd=case.parent)

    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize("rule", _rules("alerts"), ids=lambda r: f"{r['alert']}-{r['labels']}")
def test_every_alert_has_a_case_in_which_it_fires_and_one_in_which_it_is_quiet(rule):
    """No alert is shipped without proof that it can fire and that it can be quiet."""
    fires = [
        expected["exp_labels"]
        for name, alerts in _alert_checks()
        if name == rule["alert"]
        for expected in alerts
    ]
    quiet = [name for name, alerts in _alert_checks() if name == rule["alert"] and not alerts]

    assert any(rule["labels"].items() <= labels.items() for labels in fires)
    assert quiet or rule["alert"] in ALWAYS_FIRING


@pytest.mark.parametrize("kind", ["alerts", "recording"])
def test_rule_files_pass_promtools_lint(kind):
    """Prometheus loads every rule file, without a warning."""
    files = sorted((ROOT / "prometheus" / kind).glob("*.yml"))

    result = run("promtool", "check", "rules", "--lint=all", "--lint-fatal", *files)

    assert result.returncode == 0, result.stdout + result.stderr


def test_prometheus_loads_its_configuration(tmp_path):
    """prometheus.yml is valid, and so is every rule file that it names."""
    text = (ROOT / "prometheus" / "prometheus.yml").read_text("utf-8")
    here = tmp_path / "prometheus.yml"
    here.write_text(text.replace("/etc/prometheus", str(ROOT / "prometheus")), "utf-8")

    result = run("promtool", "check", "config", "--lint=all", here)

    assert result.returncode == 0, result.stdout + result.stderr
    assert result.stdout.count("SUCCESS") >= len(_rules("alerts")) / 20


@pytest.mark.parametrize("factor", ["0.1", "0.02"])
def test_time_scaled_rules_load_and_keep_their_limits(factor, tmp_path):
    """A live test's rules are the shipped ones with shorter times and nothing else."""
    from prometheus.generate import main  # noqa: PLC0415

    assert main(["--time-scale", factor, "--out", str(tmp_path)]) == 0
    files = sorted(tmp_path.glob("*/*.yml"))
    result = run("promtool", "check", "rules", *files)

    assert result.returncode == 0, result.stdout + result.stderr
    scaled = [yaml.safe_load(p.read_text("utf-8"))["groups"][0]["rules"] for p in files]
    names = {r.get("alert") for rules in scaled for r in rules} - {None}
    assert names == {rule["alert"] for rule in _rules("alerts")}
