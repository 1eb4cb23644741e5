"""The runbooks, read as data: their sections, their queries, what they point at."""

import re
import textwrap
from dataclasses import dataclass
from functools import cache
from typing import Any

import yaml

from tests.config.compose_files import ROOT

RUNBOOKS = ROOT / "docs" / "runbooks"
INDEX = RUNBOOKS / "README.md"
_BLOCK = re.compile(r"^( *)```(\w*)\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Block:
    """One fenced block.

    Attributes:
        alert: the runbook it stands in.
        number: its place among the blocks of its language there, from 1.
        text: what is between the fences, without the indentation of the list around it.
    """

    alert: str
    number: int
    text: str

    def __str__(self) -> str:
        """Return a readable name for a test's id."""
        return f"{self.alert}-{self.number}"


@cache
def runbooks() -> dict[str, str]:
    """Return the text of every runbook by its alert; the index is none."""
    files = sorted(path for path in RUNBOOKS.glob("*.md") if path != INDEX)
    return {path.stem: path.read_text("utf-8") for path in files}


def blocks(language: str) -> list[Block]:
    """Return every fenced block of a language, in all runbooks and the index."""
    found = []
    for alert, text in {**runbooks(), "README": INDEX.read_text("utf-8")}.items():
        texts = [textwrap.dedent(m[3]).strip() for m in _BLOCK.finditer(text) if m[2] == language]
        found += [Block(alert, number, one) for number, one in enumerate(texts, 1)]
    return found


def without_blocks(text: str) -> str:
    """Return a runbook's prose: everything but the fenced blocks."""
    return _BLOCK.sub("", text)


@cache
def alert_names() -> frozenset[str]:
    """Return the name of every alert that ships: Prometheus', the presets' and those of Loki."""
    names = set()
    for folder in ("prometheus", "loki"):
        for path in (ROOT / folder).rglob("*.yml"):
            names |= _alerts_of(yaml.safe_load(path.read_text("utf-8")))
    return frozenset(names)


def _alerts_of(document: Any) -> set[str]:
    groups = document.get("groups") if isinstance(document, dict) else None
    if not isinstance(groups, list):
        return set()
    return {rule["alert"] for group in groups for rule in group["rules"] if "alert" in rule}
