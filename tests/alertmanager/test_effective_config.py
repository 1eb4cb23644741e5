"""The script of the `init` job: arbitrary values, whole blocks, and who is told of a new file."""

import importlib
import re

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from tests.alertmanager.effective import SECRETS, write_effective
from tests.alertmanager.recording_server import REFUSING
from tests.config.compose_files import ROOT, variables

SOURCE = ROOT / "alertmanager"
GUIDE = ROOT / "docs" / "guides" / "alert-receivers.md"


@pytest.fixture(scope="module")
def script():
    """The script as a module; it finds its neighbour as it does when it is run."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(SOURCE))
        yield importlib.import_module("effective_config")


@given(value=st.text(st.characters(exclude_categories=["Cs"]), min_size=1))
def test_any_value_stays_one_value(script, value):
    """Whatever is given, the file stays readable and holds just that."""
    text = script.effective("a: b # from X\nc: d\n", SOURCE, {"X": value}).text

    expected = value.strip() or "b"
    assert yaml.safe_load(text) == {"a": expected, "c": "d"}


@given(
    depth=st.integers(0, 3),
    inside=st.lists(st.sampled_from(["k: v", "- k: v", "", "# words"]), max_size=4),
)
def test_a_block_is_left_out_whole_and_nothing_else(script, depth, inside):
    """What is deeper than the remark goes with it; what follows stays."""
    margin = "  " * depth
    block = [f"{margin}gone:", *(f"{margin}  {line}" if line else "" for line in inside)]
    lines = ["before: 1", f"{margin}# only with nothing_here", *block, f"{margin}after: 2"]

    text = script.effective("\n".join(lines), SOURCE, {}).text

    assert text == f"before: 1\n{margin}after: 2\n"


def test_a_refused_file_is_said(receivers, tmp_path):
    """An Alertmanager that cannot use the file makes the job fail instead of passing it over."""
    done = write_effective(tmp_path, tmp_path / "am.yml", {}, f"--reload={receivers.url}{REFUSING}")

    assert done.returncode == 1
    assert "refused the file" in done.stderr
    assert "undefined receiver" in done.stderr


def test_a_running_alertmanager_is_told_and_a_missing_one_is_no_fault(receivers, tmp_path):
    """The job asks for a reload where there is somebody to ask."""
    for address in (receivers.url, "http://127.0.0.1:9"):
        done = write_effective(tmp_path, tmp_path / "am.yml", {}, f"--reload={address}")
        assert done.returncode == 0, done.stderr

    assert receivers.asked == ["/-/reload"]


def test_the_guide_names_every_secret():
    """The table of files in the guide is the list of what the configuration asks for."""
    told = set(re.findall(r"(?m)^\| `([\w.]+)` \|", GUIDE.read_text("utf-8")))
    text = (SOURCE / "alertmanager.yml").read_text("utf-8")

    assert told == set(re.findall(r"alertmanager-secrets/([\w.]+)", text))
    assert told == {*SECRETS, "smtp_ca.pem"}


def test_the_guide_names_variables_that_there_are():
    """Each variable of the guide is one of the compose file."""
    told = set(re.findall(r"\b[A-Z]+_[A-Z_]+\b", GUIDE.read_text("utf-8")))

    assert told <= {*variables(), "COMPOSE_PROFILES"}
    assert "WARNING_HOURS_TIMEZONE" in told
