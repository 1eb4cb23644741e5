"""The guide on budgets does what it says."""

import re
import subprocess
import sys
from pathlib import Path

from agent_telemetry.budgets.budget_file import load_budgets

GUIDE = Path(__file__).parents[4] / "docs" / "guides" / "budgets.md"


def block(language: str) -> str:
    """Return the guide's one block of a language."""
    (found,) = re.findall(
        rf"^```{language}\n(.*?)^```$", GUIDE.read_text("utf-8"), re.MULTILINE | re.DOTALL
    )
    return found


def test_the_code_prints_what_the_guide_shows(tmp_path) -> None:
    """The guide's program, run as it stands, prints exactly the guide's text."""
    (tmp_path / "program.py").write_text(block("python"))
    environment = {"AGENT_TELEMETRY_LOG_STDOUT": "0", "AGENT_TELEMETRY_STRICT": "1"}
    done = subprocess.run(
        [sys.executable, "program.py"],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert done.stdout == block("text")


def test_the_file_is_a_file_of_budgets(tmp_path) -> None:
    """The guide's TOML file is accepted."""
    path = tmp_path / "budgets.toml"
    path.write_text(block("toml"))
    assert [(each.name, each.window, each.mode) for each in load_budgets(path)] == [
        ("service", "month", "warn"),
        ("acme", "day", "block"),
    ]
