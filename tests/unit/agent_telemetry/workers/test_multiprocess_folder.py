"""Whether several processes count together is decided when Python starts; too late is an error."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

STACK = """
import os, sys
{before}
from agent_telemetry import ConfigurationError, create_observability_stack
{after}
try:
    stack = create_observability_stack("shop")
except ConfigurationError as error:
    print(error.variable, "|", error)
else:
    print("workers" if stack.metrics.workers is not None else "alone")
"""


def start(folder: str | None, before: str = "", after: str = "") -> str:
    """Make a stack in a process of its own; return what it says."""
    variables = {"PATH": os.environ["PATH"], "AGENT_TELEMETRY_LOG_STDOUT": "0"}
    if folder is not None:
        variables["PROMETHEUS_MULTIPROC_DIR"] = folder
    done = subprocess.run(
        [sys.executable, "-c", STACK.format(before=before, after=after)],
        env=variables,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert done.stderr == ""
    return done.stdout.strip()


def test_set_before_python_starts(tmp_path) -> None:
    """With the variable the process is one of several workers, without it is alone."""
    assert start(str(tmp_path)) == "workers"
    assert start(None) == "alone"


def test_set_too_late(tmp_path) -> None:
    """Set in the code after the import, it is an error that says when it has to be set."""
    said = start(None, after=f"os.environ['PROMETHEUS_MULTIPROC_DIR'] = {str(tmp_path)!r}")
    assert said.startswith("PROMETHEUS_MULTIPROC_DIR |")
    assert str(tmp_path) in said
    assert "set before Python starts" in said


def test_set_in_time_by_the_code(tmp_path) -> None:
    """Set in the code before prometheus_client is imported, it works."""
    said = start(None, before=f"os.environ['PROMETHEUS_MULTIPROC_DIR'] = {str(tmp_path)!r}")
    assert said == "workers"


def test_taken_away_after_the_import(tmp_path) -> None:
    """A process whose metrics are in files cannot go back to counting alone."""
    said = start(str(tmp_path), after="del os.environ['PROMETHEUS_MULTIPROC_DIR']")
    assert said.startswith("PROMETHEUS_MULTIPROC_DIR |")


def test_a_relative_folder_stays_where_it_is(tmp_path, monkeypatch) -> None:
    """A process that changes its directory goes on writing into the same folder."""
    (tmp_path / "workers").mkdir()
    monkeypatch.chdir(tmp_path)
    said = start(
        "workers",
        after="import atexit, prometheus_client\n"
        "def later():\n"
        "    os.chdir('/')\n"
        "    prometheus_client.Summary('later', 'Made in another directory.').observe(1)\n"
        "atexit.register(later)",
    )
    assert said == "workers"
    assert len(list((tmp_path / "workers").glob("summary_*.db"))) == 1


@pytest.mark.parametrize("name", ["missing", "file", ""])
def test_no_folder(tmp_path, name) -> None:
    """A folder that is not there, a file, and nothing at all are errors of the variable."""
    (tmp_path / "file").touch()
    said = start(str(tmp_path / name) if name else "")
    assert said.startswith("PROMETHEUS_MULTIPROC_DIR |")
    assert "a folder that exists" in said


@pytest.mark.skipif(os.geteuid() != 0, reason="it takes root to make a folder nobody can write")
def test_a_folder_that_cannot_be_written() -> None:
    """A folder on a file system that takes no files is an error of the variable."""
    said = start("/proc/self")
    assert said.startswith("PROMETHEUS_MULTIPROC_DIR |")
    assert "a folder that can be written" in said


def test_the_folder_is_looked_at_before_anything_is_left_in_it(tmp_path) -> None:
    """A refused start leaves the folder as it was."""
    assert "another one is at work" in start(
        str(tmp_path),
        after="from pathlib import Path\n"
        "from agent_telemetry.workers.folder import WorkerFolder\n"
        "import agent_telemetry.workers.folder as module\n"
        f"held = WorkerFolder.claim(Path({str(tmp_path)!r}), 'bank')\n"
        "module._in_use.clear()",
    )
    assert not list(Path(tmp_path).glob("*.db"))
