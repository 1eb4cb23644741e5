"""What is generated is committed, and what is committed is what is generated."""

import subprocess
import sys

import pytest

from prometheus import generate as rules
from prometheus.durations import TimeScale, seconds, written
from prometheus.thresholds import BadThresholdError, load
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
evaluation: 15s
alerts:
  - {alert: HighErrorRate, scope: request, severity: critical, group: requests, limit: 0.05,
     window: 5m, for: 5m, dashboard: agent-performance-monitor, panel: error_rate,
     summary: S., description: 'More than {limit:.0%} of {{ $labels.service }}.'}
"""


@pytest.mark.parametrize(
    ("good", "bad", "named"),
    [
        ("severity: critical", "severity: loud", "severity"),
        ("for: 5m", "for: five", "for"),
        ("window: 5m, ", "", "window"),
        ("limit: 0.05", "limit: -1", "limit"),
        ("limit:.0%", "limits:.0%", "limits"),
        ("panel: error_rate", "panel: nowhere", "nowhere"),
        ("scope: request", "scope: other", "other"),
    ],
)
def test_a_bad_threshold_is_refused_with_its_name(good, bad, named, tmp_path, capsys):
    """A wrong entry stops the generator with the alert and the field, before a file is written."""
    path = tmp_path / "thresholds.yml"
    path.write_text(_GOOD.replace(good, bad), "utf-8")

    assert rules.main(["--thresholds", str(path), "--out", str(tmp_path / "out")]) == 2
    told = capsys.readouterr().err
    assert "HighErrorRate" in told
    assert named in told
    assert not (tmp_path / "out").exists()


def test_two_alerts_of_one_name_need_two_scopes(tmp_path):
    """Same-named alerts are told apart by scope alone, so it must differ."""
    path = tmp_path / "thresholds.yml"
    entry = _GOOD[_GOOD.index("  - {alert") :]
    path.write_text(_GOOD + entry, "utf-8")

    with pytest.raises(BadThresholdError, match="twice"):
        load(path)
