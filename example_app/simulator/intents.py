"""The rule table: which tools a message calls for, read from `intents.toml`."""

import re
import tomllib
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_FILE = Path(__file__).with_name("intents.toml")
_MERGED = 2
"""Most intents one message may have; a third would make runs longer than a demo can show."""
_READ_CHARACTERS = 4000


@dataclass(frozen=True)
class Intent:
    """One row of the table; see the head of `intents.toml`."""

    name: str
    when: re.Pattern[str]
    rounds: tuple[tuple[str, ...], ...]
    unless: re.Pattern[str] | None = None
    reply: str | None = None

    def matches(self, text: str) -> bool:
        """Whether the lower-case text has this intent."""
        return bool(self.when.search(text)) and not (self.unless and self.unless.search(text))

    def offered(self, names: Collection[str]) -> "Intent | None":
        """This intent with only the offered tools, or None when no tool of its own is left."""
        rounds = tuple(tuple(n for n in step if n in names) for step in self.rounds)
        kept = tuple(step for step in rounds if step)
        if self.rounds and not kept:
            return None
        return Intent(self.name, self.when, kept, self.unless, self.reply)


class IntentTable:
    """All intents, in the order in which they are tried."""

    def __init__(self, intents: tuple[Intent, ...], fallbacks: tuple[Intent, ...]) -> None:
        self._intents = intents
        self._fallbacks = fallbacks

    @classmethod
    def load(cls, path: Path = _FILE) -> "IntentTable":
        """Reads the table from a TOML file."""
        table = tomllib.loads(path.read_text(encoding="utf-8"))
        return cls(
            tuple(_intent(row) for row in table["intent"]),
            tuple(_intent(row) for row in table["fallback"]),
        )

    def of(self, text: str, tools: Collection[str]) -> list[Intent]:
        """The intents of a message, given the names of the offered tools; maybe none."""
        lowered = text[:_READ_CHARACTERS].lower()
        for table in (self._intents, self._fallbacks):
            found = [i.offered(tools) for i in table if i.matches(lowered)]
            kept = [intent for intent in found if intent is not None]
            if kept:
                return kept[:_MERGED]
        return []


def _intent(row: dict[str, Any]) -> Intent:
    return Intent(
        name=row["name"],
        when=re.compile(row["when"], re.DOTALL),
        rounds=tuple(tuple(step) for step in row["rounds"]),
        unless=re.compile(row["unless"]) if "unless" in row else None,
        reply=row.get("reply"),
    )
