"""docs/settings.md names every variable that the library reads, and no other."""

import re

from commands.checkout import ROOT

VARIABLE = re.compile(r"\b(?:OTEL|AGENT_TELEMETRY)_[A-Z_]+\b")


def test_document_has_every_variable() -> None:
    """The variables of the page are those of the library's sources and of the SDK's sampler."""
    sources = (ROOT / "src" / "agent_telemetry").rglob("*.py")
    read = {name for path in sources for name in VARIABLE.findall(path.read_text("utf-8"))}
    told = set(VARIABLE.findall((ROOT / "docs" / "settings.md").read_text("utf-8")))
    assert told == read
