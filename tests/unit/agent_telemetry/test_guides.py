"""The guides on the audit trail and on redaction say what is so: their code runs."""

import re
from pathlib import Path
from typing import Any

import pytest

from agent_telemetry import Settings
from agent_telemetry.audit.search import main
from agent_telemetry.redaction.redactor import Redactor
from commands.checkout import ROOT

GUIDES = ROOT / "docs" / "guides"


def blocks(guide: str, language: str) -> list[str]:
    """Return the code blocks of a guide in one language."""
    text = (GUIDES / guide).read_text("utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


@pytest.fixture
def place(tmp_path: Path, monkeypatch) -> Path:
    """A folder in which the guides' commands find what they name."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("AGENT_TELEMETRY_LOG_DIR", "logs")
    monkeypatch.setenv("AGENT_TELEMETRY_LOG_STDOUT", "0")
    return tmp_path


def run(codes: list[str]) -> None:
    """Run blocks one after the other, as a reader would, and stop the stack that they made."""
    names: dict[str, Any] = {}
    try:
        for code in codes:
            exec(compile(code, "guide", "exec"), names)
    finally:
        names["stack"].shutdown()


def test_audit_guide_runs(place: Path, capsys) -> None:
    """The Python of the audit guide runs, and so do its commands."""
    run(blocks("audit.md", "python"))
    (commands,) = blocks("audit.md", "sh")
    for command in commands.splitlines():
        assert command.startswith("python -m agent_telemetry.audit.search ")
        assert main(command.split()[3:]) == 0
    assert capsys.readouterr().out.count("whole: 1 records") == 1


def test_redaction_guide_runs(place: Path) -> None:
    """The Python of the redaction guide runs with its file of words."""
    patterns, words = blocks("redaction.md", "toml")
    (place / "words.toml").write_text(words, "utf-8")
    (place / "patterns.toml").write_text(patterns, "utf-8")
    run(blocks("redaction.md", "python"))
    assert Redactor.load(place / "patterns.toml").redact("EMP-123456") == "[redacted:employee]"
    (log,) = (place / "logs").glob("app-*.jsonl")
    assert "refund to [redacted:iban]" in log.read_text("utf-8")


def test_redaction_guide_names_every_category() -> None:
    """The table has the categories that there are."""
    text = (GUIDES / "redaction.md").read_text("utf-8")
    told = {
        name
        for row in re.findall(r"^\| (`.*?) \|", text, re.MULTILINE)
        for name in row.split("`")[1::2]
    }
    assert told == set(Redactor().categories)


def test_guides_name_the_defaults() -> None:
    """The bound that the audit guide tells is the one in force."""
    assert Settings(service_name="a").audit_file_bytes == 50 * 1024 * 1024
