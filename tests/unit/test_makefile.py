"""The Makefile: it explains itself and says what is missing before it begins."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

OLD = "import sys; sys.version_info = (3, 9, 2); exec(sys.argv[1])"
NO_ENSUREPIP = "import sys; 'ensurepip' in sys.argv[1] and sys.exit(1); exec(sys.argv[1])"


def _make(*words: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(("make", *words), cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.fixture
def python(tmp_path):
    """Makes a Python that is not what it should be."""

    def make(code: str) -> str:
        program = tmp_path / "python"
        program.write_text(f'#!/bin/sh\nexec {sys.executable} -c "{code}" "$2"\n')
        program.chmod(0o755)
        return str(program)

    return make


def test_help_lists_every_target():
    """`make` alone prints every target that people are meant to use, each with a sentence."""
    targets = re.search(r"^\.PHONY: (.*)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    shown = dict(re.findall(r"^  make (\S+) +(\S.*)$", _make().stdout, re.MULTILINE))
    assert set(shown) == set(targets[1].split())


@pytest.mark.parametrize(
    ("code", "said"),
    [
        (OLD, r"Python 3\.11 or newer is needed, \S+ is 3\.9: say make PYTHON="),
        (NO_ENSUREPIP, rf"apt-get install python3\.{sys.version_info[1]}-venv"),
    ],
    ids=["too old", "without ensurepip"],
)
def test_unfit_python_is_told(python, tmp_path, code, said):
    """A Python that is too old or lacks ensurepip is told with what to do; nothing is made."""
    result = _make("setup", f"PYTHON={python(code)}", f"VENV={tmp_path / 'venv'}")
    assert result.returncode != 0
    assert re.search(said, result.stderr), result.stderr
    assert not (tmp_path / "venv").exists()


def test_missing_python_is_told(tmp_path):
    """A PYTHON that does not exist is told by its name."""
    result = _make("setup", "PYTHON=no-such-python", f"VENV={tmp_path / 'venv'}")
    assert result.returncode != 0
    assert "No 'no-such-python' found" in result.stderr
