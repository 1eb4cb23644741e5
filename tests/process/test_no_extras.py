"""The wheel with what it requires and nothing else: what people get from a plain install."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

from commands.checkout import ROOT
from tests.config.server_programs import leave_out

UV = Path(sys.executable).with_name("uv")
GUIDE = ROOT / "docs" / "guides" / "instrument-your-agent.md"


def run(
    *command: str | Path, cwd: Path, code: str | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a program outside the checkout, without this one's paths and settings."""
    kept = {
        key: each for key, each in os.environ.items() if not key.startswith(("PYTHON", "AGENT_"))
    }
    return subprocess.run(
        [str(each) for each in command],
        cwd=cwd, env={**kept, "AGENT_TELEMETRY_LOG_STDOUT": "0"}, input=code,
        capture_output=True, text=True, check=False, timeout=180,
    )  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder outside the checkout."""
    return tmp_path_factory.mktemp("plain-install")


@pytest.fixture(scope="module")
def wheel(folder: Path) -> Path:
    """The built wheel."""
    built = run(UV, "build", "--wheel", "--out-dir", folder / "dist", ROOT, cwd=folder)
    if built.returncode:
        leave_out(f"the wheel cannot be built here: {built.stderr[-300:]}")
    return next((folder / "dist").glob("*.whl"))


@pytest.fixture(scope="module")
def python(folder: Path, wheel: Path) -> Path:
    """A Python in which the wheel is installed with its required dependencies only."""
    interpreter = folder / "venv" / "bin" / "python"
    made = run(UV, "venv", "--python", sys.executable, folder / "venv", cwd=folder)
    assert made.returncode == 0, made.stderr
    got = run(UV, "pip", "install", "--python", interpreter, wheel, cwd=folder)
    if got.returncode:
        leave_out(f"no package index answers: {got.stderr[-300:]}")
    return interpreter


def blocks() -> str:
    """Return the guide's blocks of Python, those about FastAPI left out."""
    found = [
        token.content
        for token in MarkdownIt().parse(GUIDE.read_text("utf-8"))
        if token.type == "fence" and token.info == "python"
    ]
    kept = [each.partition("@app.post")[0] for each in found if "import FastAPI" not in each]
    assert len(kept) >= 3
    return "\n".join(kept)


def test_types_are_in_the_wheel(wheel: Path) -> None:
    """``py.typed``, the price table and no test of ours are shipped."""
    names = zipfile.ZipFile(wheel).namelist()
    assert "agent_telemetry/py.typed" in names
    assert "agent_telemetry/prices/prices.json" in names
    assert not [each for each in names if each.startswith(("tests", "example_app", "commands"))]


def test_guide_runs(python: Path, folder: Path) -> None:
    """The five-minute guide's own blocks run, cost and all, without any extra."""
    code = blocks() + "\nprint(answer('Where is it?', 'acme'))\n"
    said = run(python, "-W", "error", "-", cwd=folder, code=code)
    assert said.returncode == 0, said.stderr
    assert "Your order is shipped." in said.stdout
    assert "$0.000202" in said.stdout


def test_doctor_runs(python: Path, folder: Path) -> None:
    """The doctor looks at everything and finds no problem."""
    said = run(python, "-m", "agent_telemetry.doctor", cwd=folder)
    assert said.returncode == 0, said.stdout + said.stderr
    assert "none of the known packages" in said.stdout


def test_missing_extra_is_named(python: Path, folder: Path) -> None:
    """Who watches a client without the extra is told which one to install, in one line."""
    code = (
        "from agent_telemetry import create_observability_stack\n"
        "stack = create_observability_stack('plain')\n"
        "try:\n    stack.watch(object())\n"
        "except ImportError as error:\n    print(error)\n"
    )
    said = run(python, "-", cwd=folder, code=code)
    assert said.returncode == 0, said.stderr
    assert 'pip install "agent-telemetry[clients]"' in said.stdout


def test_type_checker_reads_the_installed_types(python: Path, folder: Path) -> None:
    """Mypy in strict mode reads the wheel's own types: no missing stubs, wrong uses are found."""
    config = folder / "mypy.ini"
    config.write_text("[mypy]\nstrict = True\nwarn_unused_ignores = True\n", encoding="utf-8")
    said = run(
        sys.executable, "-m", "mypy", "--config-file", config, "--python-executable", python,
        "--cache-dir", folder / "mypy-cache", ROOT / "tests" / "typing" / "decorated.py",
        cwd=folder,
    )  # fmt: skip
    assert said.returncode == 0, said.stdout + said.stderr
