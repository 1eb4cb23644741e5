"""The optional parts of the stack that were asked for."""

from collections.abc import Iterable, Mapping
from typing import Any

from commands.environment import BadVariableError

_PROMTAIL = "promtail"
_SHIPPERS = ("collector", _PROMTAIL)


def asked_for(variables: Mapping[str, str]) -> list[str]:
    """Return the profiles named by `PROFILES` and `COMPOSE_PROFILES`, each once, in order.

    Compose forgets COMPOSE_PROFILES as soon as one `--profile` is given, so both are joined here.
    LOG_SHIPPER=promtail asks for its profile: else nobody would ship the logs.
    """
    named: list[str] = []
    for variable in ("PROFILES", "COMPOSE_PROFILES"):
        for part in variables.get(variable, "").replace(",", " ").split():
            if part not in named:
                named.append(part)
    if variables.get("LOG_SHIPPER") == _PROMTAIL and _PROMTAIL not in named:
        named.append(_PROMTAIL)
    return named


def check(named: Iterable[str], known: Iterable[str]) -> None:
    """Refuse profiles that the compose file does not have.

    Raises:
        BadVariableError: naming the unknown profile and the known ones.
    """
    accepted = sorted(known)
    for profile in named:
        if profile not in accepted and profile != "*":
            what = ", ".join(accepted) or "none yet"
            raise BadVariableError(f"PROFILES: there is no profile {profile!r}; there are: {what}")


def check_shipper(variables: Mapping[str, str]) -> None:
    """Refuse a shipper of log files that there is not.

    Raises:
        BadVariableError: naming the variable and what it accepts.
    """
    given = variables.get("LOG_SHIPPER") or _SHIPPERS[0]
    if given not in _SHIPPERS:
        raise BadVariableError(f"LOG_SHIPPER={given!r}: accepted are {' and '.join(_SHIPPERS)}")


def that_run(services: Mapping[str, Mapping[str, Any]], running: Iterable[str]) -> list[str]:
    """Return the profiles of services that run, each once.

    Args:
        services: every service of the compose file by name.
        running: names of those that run.
    """
    found = (name for each in running for name in services.get(each, {}).get("profiles", ()))
    return sorted(set(found))


def settings_for(named: Iterable[str]) -> dict[str, str]:
    """Return the variables that a profile needs beside its containers."""
    return {"LOG_SHIPPER": _PROMTAIL} if _PROMTAIL in named else {}
