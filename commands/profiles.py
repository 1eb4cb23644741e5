"""The optional parts of the stack that were asked for."""

from collections.abc import Iterable, Mapping

from commands.environment import BadVariableError


def asked_for(variables: Mapping[str, str]) -> list[str]:
    """Return the profiles named by `PROFILES` and `COMPOSE_PROFILES`, each once, in order.

    Compose forgets COMPOSE_PROFILES as soon as one `--profile` is given, so both are joined here.
    """
    named: list[str] = []
    for variable in ("PROFILES", "COMPOSE_PROFILES"):
        for part in variables.get(variable, "").replace(",", " ").split():
            if part not in named:
                named.append(part)
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


def settings_for(named: Iterable[str]) -> dict[str, str]:
    """Return the variables that a profile needs beside its containers."""
    return {"LOG_SHIPPER": "promtail"} if "promtail" in named else {}
