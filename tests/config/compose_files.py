"""docker-compose.yml and what it includes, read without Docker, every variable at its default."""

import re
from collections.abc import Mapping
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


def with_defaults(text: str, environment: Mapping[str, str] | None = None) -> str:
    """Return a text with its variables replaced, by default as if the environment were empty."""
    given = environment or {}
    while found := _VARIABLE.search(text):
        name, operator, other = found.groups()
        value = given.get(name, "")
        if operator in {"-", ":-"}:
            value = value or other
        elif operator in {"+", ":+"}:
            value = other if value else ""
        text = text[: found.start()] + value + text[found.end() :]
    return text.replace("$$", "$")


def services_of(environment: Mapping[str, str]) -> dict[str, dict[str, Any]]:
    """Return every service of every file by name, as with these variables."""
    found: dict[str, dict[str, Any]] = {}
    for path in paths():
        text = yaml.safe_dump(_parsed(path).get("services", {}))
        found |= yaml.safe_load(with_defaults(text, environment))
    return found


@cache
def services() -> dict[str, dict[str, Any]]:
    """Return every service of every file by name, its variables at their defaults."""
    return services_of({})


def long_running() -> dict[str, dict[str, Any]]:
    """Return the services that are meant to stay up."""
    return {name: one for name, one in services().items() if one.get("restart") != "no"}


def variables() -> dict[str, set[str]]:
    """Return every variable that the files name, with its defaults ('' where it has none)."""
    found: dict[str, set[str]] = {}
    for path in paths():
        text = path.read_text("utf-8")
        while one := _VARIABLE.search(text):
            default = (one[3] or "") if one[2] in {"-", ":-"} else ""
            found.setdefault(one[1], set()).add(default)
            text = text[: one.start()] + default + text[one.end() :]
    return found


def mounts(service: dict[str, Any]) -> list[tuple[str, bool]]:
    """Return what a service mounts, a path or a volume's name, and whether it may only read it."""
    return [
        (one["source"], bool(one.get("read_only")))
        if isinstance(one, dict)
        else (one.partition(":")[0], one.endswith(":ro"))
        for one in service.get("volumes", [])
    ]
