"""From which value on a number has which colour."""

from grafana_foundation_sdk.builders import dashboard as db
from grafana_foundation_sdk.models import dashboard as md

#: From this value on a colour: the first step has no lower end.
Steps = tuple[tuple[float | None, str], ...]
#: A number that is neither good nor bad.
NEUTRAL: Steps = ((None, "blue"),)


def rising(bad: float, *, doubtful: float | None = None) -> Steps:
    """Return the colours of a number that is bad from `bad` on, and doubtful before."""
    between: Steps = () if doubtful is None else ((doubtful, "yellow"),)
    return ((None, "green"), *between, (bad, "red"))


def falling(bad: float, *, good: float) -> Steps:
    """Return the colours of a number that is bad below `bad` and good from `good` on."""
    between: Steps = () if good == bad else ((bad, "yellow"),)
    return ((None, "red"), *between, (good, "green"))


def thresholds(steps: Steps) -> db.ThresholdsConfig:
    """Return steps in the SDK's form."""
    made = [md.Threshold(value=value, color=color) for value, color in steps]
    return db.ThresholdsConfig().mode(md.ThresholdsMode.ABSOLUTE).steps(made)
