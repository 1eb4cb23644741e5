"""The agent's own faults: which there are, and which settings each takes."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from example_app.refusal import Refusal
from example_app.simulator.faults import FaultKind, Parameter


@dataclass(frozen=True)
class Choice:
    """A word that shapes a fault, one of a few."""

    default: str
    words: tuple[str, ...]


OWN_FAULTS = (
    FaultKind("tool_failure", "Every tool call fails, as if the services behind them were down."),
    FaultKind(
        "cost_spike",
        "The agent asks a very dear model, as after a wrong setting.",
        {"model": Choice(default="o1-pro", words=("o1-pro", "o1"))},
    ),
    FaultKind(
        "cache_storm", "Every look-up in the cache misses, as after a deploy that broke its key."
    ),
    FaultKind(
        "pool_exhaustion",
        "Agents do not come back: each keeps its place in the pool long after its chat.",
        {"hold_seconds": Parameter(default=120, low=1, high=3600)},
    ),
    FaultKind(
        "memory_growth",
        "Each chat leaks memory, up to a bound.",
        {
            "megabytes_per_chat": Parameter(default=20, low=1, high=200),
            "most_megabytes": Parameter(default=400, low=1, high=1000),
        },
    ),
    FaultKind(
        "personal_data",
        "Messages carry made-up personal data, as if people had typed it.",
    ),
)
"""The faults of the agent itself, in the order in which they are listed."""


def default_settings(kind: FaultKind) -> dict[str, float | str]:
    """Return what a fault does when nothing else is said."""
    return {name: parameter.default for name, parameter in kind.parameters.items()}


def read_settings(kind: FaultKind, given: Mapping[str, Any]) -> dict[str, float | str] | Refusal:
    """Return a fault's settings, the given ones laid over the defaults.

    Args:
        kind: whose settings they are.
        given: what a caller sent, by name.

    Returns:
        The settings, or a refusal that names what is accepted.
    """
    settings = default_settings(kind)
    for name, value in given.items():
        parameter = kind.parameters.get(name)
        if parameter is None:
            known = ", ".join(["duration_seconds", "probability", *kind.parameters])
            return Refusal(
                422, "invalid", f"{name[:64]!r} is no setting of this fault. Known: {known}."
            )
        accepted = _accepted(parameter, value)
        if accepted:
            return Refusal(422, "invalid", f"{name}: must be {accepted}.", field=name)
        settings[name] = value
    return settings


def _accepted(parameter: "Parameter | Choice", value: object) -> str:
    """Return what would be accepted in the place of a value, or nothing if the value is."""
    if isinstance(parameter, Choice):
        return "" if value in parameter.words else f"one of {', '.join(parameter.words)}"
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if number and parameter.low <= value <= parameter.high:
        return ""
    return f"a number from {parameter.low:g} to {parameter.high:g}"
