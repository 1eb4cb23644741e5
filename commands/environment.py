"""Values of variables as compose reads them: the environment first, then `.env`."""

import os
from collections.abc import Mapping

from dotenv import dotenv_values

from commands.checkout import ROOT


class BadVariableError(ValueError):
    """A variable holds a value that cannot be used; the text names both."""


def variables() -> Mapping[str, str]:
    """Return `.env` of the checkout (if there is one) under the process's environment."""
    from_file = {key: value or "" for key, value in dotenv_values(ROOT / ".env").items()}
    return {**from_file, **os.environ}


def flag(name: str, *, default: bool = False) -> bool:
    """Return whether a yes/no variable is on.

    Args:
        name: the variable, e.g. `VOLUMES`.
        default: what an unset or empty variable means.

    Raises:
        BadVariableError: if it holds something else than 0, 1, true, false, yes or no.
    """
    value = variables().get(name, "").strip().lower()
    if not value:
        return default
    if value in {"1", "true", "yes"}:
        return True
    if value in {"0", "false", "no"}:
        return False
    raise BadVariableError(f"{name}={value!r}: accepted are 1, true, yes, 0, false, no")


def port(name: str, default: int) -> int:
    """Return a port number from a variable.

    Args:
        name: the variable, e.g. `APP_PORT`.
        default: the port when it is unset or empty.

    Raises:
        BadVariableError: if it is no whole number from 1 to 65535.
    """
    value = variables().get(name, "").strip() or str(default)
    highest = 65535
    if not value.isdecimal() or not 1 <= int(value) <= highest:
        raise BadVariableError(f"{name}={value!r}: accepted is a port number, 1 to {highest}")
    return int(value)
