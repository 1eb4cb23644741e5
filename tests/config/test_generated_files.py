"""What is generated is committed, and what is committed is what is generated."""

import subprocess
import sys

import pytest

from prometheus import alert_panels, alert_texts, conditions
from prometheus import generate as rules
from prometheus.bad_rule import BadRuleError
from prometheus.durations import TimeScale, seconds, written
from prometheus.thresholds import load
from tests.config.compose_files import ROOT


def test_rule_files_are_what_thresholds_give(capsys):
    """Nobody edited a rule by hand, or forgot to generate after a change of a limit."""
    assert rules.main(["--check"]) == 0, capsys.readouterr().err


def test_dashboards_are_what_their_python_gives():
    """Nobody edited a dashboard in the browser, or forgot to generate."""
    # A process of its own: the SDK warns at import that it prefers Grafana's next file format.
    check = [sys.executable, "-m", "grafana.generate", "--check"]
    result = subprocess.run(check, cwd=ROOT, capture_output=True, text=True, check=False)

    assert result.returncode == 0, result.stderr


def test_an_edited_rule_file_is_found(tmp_path, capsys):
    """The check fails for a changed file, a missing one and one too many, and names them."""
    assert rules.main(["--out", str(tmp_path)]) == 0
    (tmp_path / "alerts" / "cost.yml").write_text("groups: []\n")
    (tmp_path / "alerts" / "tools.yml").unlink()
    (tmp_path / "alerts" / "mine.yml").write_text("groups: []\n")

    assert rules.main(["--check", "--out", str(tmp_path)]) == 1
    told = capsys.readouterr().err
    assert all(name in told for name in ("cost.yml", "tools.yml", "mine.yml"))
    assert "requests.yml" not in told


def test_a_time_scale_shrinks_for_and_windows_but_not_below_what_a_rate_needs():
    """A live test runs the shipped conditions in a tenth of the time."""
    tenth = TimeScale(0.1)

    assert tenth.hold("5m") == "30s"
    assert tenth.window("1h") == "6m"
    assert tenth.window("5m") == "30s"
    assert tenth.window("1m") == "30s"
    assert tenth.window("20s") == "20s"
    assert TimeScale().window("1h30m") == "1h30m"


@pytest.mark.parametrize("text", ["90s", "1h30m", "1d", "5m"])
def test_durations_survive_reading_and_writing(text):
    """A duration means the same after it was scaled by one."""
    assert seconds(written(seconds(text))) == seconds(text)


def test_scaled_rules_cannot_overwrite_the_committed_ones(capsys):
    """--time-scale without --out is refused."""
    with pytest.raises(SystemExit):
        rules.main(["--time-scale", "0.1"])
    assert "--out" in capsys.readouterr().err


_GOOD = """
evaluation: {default: 15s}
alerts:
  requests:
    HighErrorRate/request: {severity: critical, limit: 0.05, window: 5m, for: 5m}
"""


@pytest.mark.parametrize(
    ("good", "bad", "named"),
    [
        ("severity: critical", "severity: loud", "severity"),
        ("severity: critical, ", "", "severity"),
        ("for: 5m", "for: five", "for"),
        (", for: 5m", "", "for"),
        ("window: 5m, ", "", "window"),
        ("window: 5m", "window: 5", "window"),
        ("limit: 0.05", "limit: -1", "limit"),
        ("limit: 0.05", "limt: 0.05", "limit"),
        ("for: 5m", "for: 5m, limt: 1", "limt"),
        ("for: 5m", "for: 5m, for: 6m", "for"),
        ("/request", "/other", "other"),
        ("/request", "", "Name/scope"),
        ("default: 15s", "default: 15s, nobody: 30s", "nobody"),
        ("default: 15s", "default: soon", "evaluation"),
        ("evaluation:", "interval:", "interval"),
    ],
)
def test_a_bad_threshold_is_refused_with_its_name(good, bad, named, tmp_path, capsys):
    """A wrong entry stops the generator with the key that is wrong, before a file is written."""
    assert good in _GOOD
    path = tmp_path / "thresholds.yml"
    path.write_text(_GOOD.replace(good, bad), "utf-8")

    assert rules.main(["--thresholds", str(path), "--out", str(tmp_path / "out")]) == 2
    assert named in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("between", ["", "  more:\n"])
def test_two_alerts_of_one_name_need_two_scopes(between, tmp_path):
    """Same-named alerts are told apart by scope alone, so it must differ, also between groups."""
    path = tmp_path / "thresholds.yml"
    entry = _GOOD[_GOOD.index("    HighErrorRate") :]
    path.write_text(_GOOD + between + entry, "utf-8")

    with pytest.raises(BadRuleError, match="twice"):
        load(path)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("A/b: {summary: S.}", "description"),
        ("A/b: {summary: S., description: D, more: M}", "A/b"),
        ("A/b: {summary: '', description: D}", "summary"),
        ("A/b: {summary: S., description: D}\nA/b: {summary: S., description: D}", "twice"),
    ],
)
def test_a_bad_text_is_refused_with_the_name_of_its_alert(text, told, tmp_path):
    """A text without its two parts, or a second one for an alert, is an error that names it."""
    (tmp_path / "x.yml").write_text(text, "utf-8")

    with pytest.raises(BadRuleError, match=r"A/b") as error:
        alert_texts.texts(tmp_path)
    assert told in str(error.value)


def test_a_text_that_names_an_unknown_value_is_refused():
    """A mis-spelt placeholder does not reach the person who is woken up."""
    text = alert_texts.Text(key="A/b", summary="S.", description="Above {limits} of {{ $value }}.")

    with pytest.raises(BadRuleError, match="limits"):
        text.describe({"limit": 1})


def test_a_panel_that_does_not_exist_is_refused(tmp_path):
    """A link to a panel that nobody drew stops the generator."""
    path = tmp_path / "panels.yml"
    path.write_text("agent-performance-monitor: {nowhere: [A/b]}", "utf-8")

    with pytest.raises(BadRuleError, match=r"A/b.*nowhere"):
        alert_panels.panels(path)


def test_every_part_of_an_alert_belongs_to_an_alert():
    """No text, panel or condition is left of an alert that is gone or misspelt."""
    known = {alert.key for name in ["", *rules.presets()] for alert in _alerts_of(name)}

    assert alert_texts.texts().keys() == known
    assert alert_panels.panels().keys() == known
    assert {f"{name}/{scope}" for name, scope in conditions.registered()} == known


def _alerts_of(preset):
    base = rules.HERE / "thresholds.yml"
    return load(base, rules.PRESETS / f"{preset}.yml" if preset else None).alerts


_PRESET = """
alerts:
  requests:
    HighErrorRate/request: {limit: 0.02, window: 1m}
"""


def test_a_preset_changes_the_values_that_it_names_and_no_others(tmp_path):
    """A preset is read in a dozen lines: whatever it does not say is as everywhere."""
    path = tmp_path / "mine.yml"
    path.write_text(_PRESET, "utf-8")
    base = load(rules.HERE / "thresholds.yml")
    changed = load(rules.HERE / "thresholds.yml", path)

    differing = [
        (before.key, before.hold == after.hold, dict(after.settings))
        for before, after in zip(base.alerts, changed.alerts, strict=True)
        if before != after
    ]
    assert differing == [("HighErrorRate/request", True, {"limit": 0.02, "window": "1m"})]
    assert (changed.evaluation, changed.objectives) == (base.evaluation, base.objectives)


@pytest.mark.parametrize(
    ("good", "bad", "named"),
    [
        ("HighErrorRate", "HighErorRate", "HighErorRate/request"),
        ("requests:", "tools:", "HighErrorRate/request"),
        ("limit:", "limt:", "limt"),
    ],
)
def test_a_misspelt_preset_is_refused_with_the_name(good, bad, named, tmp_path):
    """A slip in a preset is an error, not a limit that silently stays as it was."""
    path = tmp_path / "mine.yml"
    path.write_text(_PRESET.replace(good, bad), "utf-8")

    with pytest.raises(BadRuleError, match=named):
        rules.files(load(rules.HERE / "thresholds.yml", path), TimeScale())


def test_a_preset_alerts_only_over_what_its_agent_is_set_up_for():
    """Each preset of the agent has rules, and no rules are without such a preset."""
    agents = {path.stem for path in (ROOT / "example_app" / "presets").glob("*.toml")}

    assert set(rules.presets()) == agents
