"""The guide on alerts from inside the process does what it says."""

import re
import subprocess
import sys

from agent_telemetry.alerting.ready_made_rules import ready_made_rules
from commands.checkout import ROOT

GUIDE = (ROOT / "docs" / "guides" / "alerts-in-process.md").read_text("utf-8")


def block(language: str) -> str:
    """Return the guide's one block of a language."""
    (found,) = re.findall(rf"^```{language}\n(.*?)^```$", GUIDE, re.MULTILINE | re.DOTALL)
    return found


def test_the_code_prints_what_the_guide_shows(tmp_path) -> None:
    """The guide's program, run as it stands, prints exactly the guide's text."""
    (tmp_path / "program.py").write_text(block("python"), "utf-8")
    done = subprocess.run(
        [sys.executable, "program.py"],
        cwd=tmp_path,
        env={"AGENT_TELEMETRY_LOG_STDOUT": "0", "AGENT_TELEMETRY_STRICT": "1"},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert done.stdout == block("text")


def test_the_guide_names_every_rule() -> None:
    """Each rule of the library is named, and has a runbook."""
    for rule in ready_made_rules():
        assert f"`{rule.name}`" in GUIDE
        assert (ROOT / "docs" / "runbooks" / f"{rule.name}.md").is_file()
