"""docker-compose.yml and what it includes, read without Docker, every variable at its default."""

import re
from functools import cache
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
# Innermost first: ${NAME}, ${NAME:-default}, ${NAME:+other}.
_VARIABLE = re.compile(r"(?<!\$)\$\{(\w+)(?:(:?[-+])([^${}]*))?\}")


def paths() -> list[Path]:
    """Return the main file and the included ones."""
    main = ROOT / "docker-compose.yml"
    return [main, *(ROOT / one["path"] for one in _parsed(main).get("include", []))]


@cache
def _parsed(path: Path) -> dict[str, Any]:
    return yaml.safe_load(path.read_text("utf-8"))


def with_defaults(text: str) -> str:
    """Return a text with its variables replaced as if the environment were empty."""
    while found := _VARIABLE.search(text):
        value = found[3] if found[2] in {"-", ":-"} else ""
        text = text[: found.start()] + (value or "") + text[found.end() :]
    return text.replace("$$", "$")


@cache
def services() -> dict[str, dict[str, Any]]:
    """Return every service of every file by name, its variables at their defaults."""
    found: dict[str, dict[str, Any]] = {}
    for path in paths():
        text = yaml.safe_dump(_parsed(path).get("services", {}))
        found |= yaml.safe_load(with_defaults(text))
    return found


def long_running() -> dict[str, dict[str, Any]]:
    """Return the services that are meant to stay up."""
    return {name: one for name, one in services().items() if one.get("restart") != "no"}


def variables() -> dict[str, set[str]]:
    """Return every variable that the files name, with its defaults ('' where it has none)."""
    found: dict[str, set[str]] = {}
    for path in paths():
        for name, _, default in _VARIABLE.findall(path.read_text("utf-8")):
            found.setdefault(name, set()).add(default)
    return found
