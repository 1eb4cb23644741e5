"""Budgets read from a TOML or JSON file."""

import json
import tomllib
from pathlib import Path
from typing import Any

from agent_telemetry.budgets.budget import Budget
from agent_telemetry.exceptions import ConfigurationError

VARIABLE = "AGENT_TELEMETRY_BUDGETS_FILE"
_FIELDS = {"name", "limit_usd", "scope", "window", "mode", "key"}


def load_budgets(path: Path | None) -> list[Budget]:
    """Read a file of budgets; without one there are none.

    Args:
        path: ends in ``.toml`` (tables ``[[budget]]``) or ``.json`` (``{"budget": [{…}]}``).

    Raises:
        ConfigurationError: the file cannot be read, or a budget in it is wrong.
    """
    if path is None:
        return []
    try:
        return _budgets(_rows(path))
    except (OSError, ValueError) as error:  # a ConfigurationError is a ValueError
        raise ConfigurationError(
            VARIABLE, str(path), f"a TOML or JSON file with a list `budget` ({error})"
        ) from None


def _budgets(rows: list[Any]) -> list[Budget]:
    found = [_budget(row) for row in rows]
    names = [each.name for each in found]
    if twice := {name for name in names if names.count(name) > 1}:
        raise ValueError(f"there is more than one budget {', '.join(sorted(twice))}")
    return found


def _rows(path: Path) -> list[Any]:
    text = path.read_text("utf-8")
    if path.suffix == ".toml":
        content: Any = tomllib.loads(text)
    elif path.suffix == ".json":
        content = json.loads(text)
    else:
        raise ValueError("its name ends neither in .toml nor in .json")
    rows = content.get("budget") if isinstance(content, dict) else None
    if not isinstance(rows, list) or set(content) != {"budget"}:
        raise ValueError("it must hold a list `budget` and nothing else")
    return rows


def _budget(row: Any) -> Budget:
    if not isinstance(row, dict):
        raise ValueError(f"{row!r} is no budget")  # noqa: TRY004 -- one kind of error for a file
    if unknown := sorted(set(row) - _FIELDS):
        raise ValueError(f"a budget has no {', '.join(unknown)}, only {', '.join(sorted(_FIELDS))}")
    if missing := [each for each in ("name", "limit_usd") if each not in row]:
        raise ValueError(f"a budget lacks {', '.join(missing)}")
    options = dict(row)
    return Budget(options.pop("name"), **options)
