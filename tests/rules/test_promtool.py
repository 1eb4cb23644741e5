"""Every alert in the state that it is meant for, run by Prometheus' own rule engine."""

import re
from pathlib import Path

import pytest
import yaml

from prometheus.generate import main
from tests.config.rule_files import PRESETS, PROMETHEUS, alert_id, all_alerts
from tests.config.server_programs import run

CASES = sorted(Path(__file__).parent.glob("*_test.yml"))
#: Its silence is the alarm, so it has no state in which it is quiet.
ALWAYS_FIRING = {"Watchdog"}


def _documents() -> list[dict]:
    return [yaml.safe_load(path.read_text("utf-8")) for path in CASES]


def _checks(document: dict) -> list[tuple[str, list[dict]]]:
    checks = [c for test in document["tests"] for c in test.get("alert_rule_test", [])]
    return [(check["alertname"], check.get("exp_alerts") or []) for check in checks]


@pytest.mark.parametrize("case", CASES, ids=lambda path: path.stem)
def test_rule_cases_hold(case):
    """The rules fire, stay quiet and resolve exactly as the case file says."""
    result = run("promtool", "test", "rules", case.name, cwd=case.parent)

    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize("rule", all_alerts(), ids=alert_id)
def test_every_alert_has_a_case_in_which_it_fires_and_one_in_which_it_is_quiet(rule):
    """No alert is shipped without proof that it can fire and that it can be quiet."""
    name, labels = rule["alert"], rule["labels"]
    proofs = [
        checks
        for checks in map(_checks, _documents())
        if any(
            labels.items() <= alert["exp_labels"].items()
            for of, alerts in checks
            if of == name
            for alert in alerts
        )
    ]
    quiet = [of for checks in proofs for of, alerts in checks if of == name and not alerts]

    assert proofs
    assert quiet or name in ALWAYS_FIRING


def test_every_case_is_about_an_alert_that_exists():
    """A case whose alert has another name, or was renamed, would be quiet for ever."""
    known = {rule["alert"] for rule in all_alerts()}

    assert {name for document in _documents() for name, _ in _checks(document)} <= known


@pytest.mark.parametrize("kind", ["alerts", "recording"])
@pytest.mark.parametrize("directory", [PROMETHEUS, *PRESETS], ids=lambda path: path.name)
def test_rule_files_pass_promtools_lint(directory, kind):
    """Prometheus loads every rule file, without a warning."""
    files = sorted((directory / kind).glob("*.yml"))

    result = run("promtool", "check", "rules", "--lint=all", "--lint-fatal", *files)

    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize("directory", [PROMETHEUS, *PRESETS], ids=lambda path: path.name)
def test_prometheus_loads_its_configuration(directory, tmp_path):
    """prometheus.yml is valid, and so is every rule file that it names, of every preset too."""
    text = (PROMETHEUS / "prometheus.yml").read_text("utf-8")
    here = tmp_path / "prometheus.yml"
    here.write_text(text.replace("/etc/prometheus", str(directory)), "utf-8")

    result = run("promtool", "check", "config", "--lint=all", here)

    assert result.returncode == 0, result.stdout + result.stderr
    assert result.stdout.count("SUCCESS") > len(list((directory / "alerts").glob("*.yml")))


@pytest.mark.parametrize("directory", [PROMETHEUS, *PRESETS], ids=lambda path: path.name)
def test_a_group_has_at_most_twenty_rules_and_one_name(directory):
    """Groups stay readable, and two files never have the same group."""
    files = [yaml.safe_load(p.read_text("utf-8")) for p in directory.glob("*/*.yml")]
    groups = [group for file in files for group in file.get("groups", [])]

    assert len({group["name"] for group in groups}) == len(groups)
    assert max(len(group["rules"]) for group in groups) <= 20


@pytest.mark.parametrize("factor", ["0.1", "0.02"])
@pytest.mark.parametrize("preset", ["", *(path.name for path in PRESETS)])
def test_time_scaled_rules_load_and_keep_their_limits(preset, factor, tmp_path):
    """A live test's rules are the shipped ones with shorter times and nothing else."""
    of = ["--preset", preset] if preset else []
    for out, scaled in (("scaled", ["--time-scale", factor]), ("shipped", [])):
        assert main([*of, *scaled, "--out", str(tmp_path / out)]) == 0
    files = sorted((tmp_path / "scaled").glob("*/*.yml"))
    result = run("promtool", "check", "rules", *files)

    assert result.returncode == 0, result.stdout + result.stderr
    for path in (tmp_path / "scaled").glob("alerts/*.yml"):
        shipped = tmp_path / "shipped" / path.relative_to(tmp_path / "scaled")
        assert _without_times(path) == _without_times(shipped)


def _without_times(path: Path) -> str:
    """Return a rule file without its durations; those in names of recorded series stay."""
    text = re.sub(r"(?<![\w:])(?:\d+[smhdw])+(?!\w)", "TIME", path.read_text("utf-8"))
    # A sum of samples times the seconds between them.
    return re.sub(r"\[TIME\]\) \* \d+", "[TIME]) * STEP", text)
