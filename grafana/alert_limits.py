"""The limits that panels draw: those of the alerts, read from prometheus/thresholds.yml.

A preset's other limits are not drawn: a dashboard is generated once, for the shipped thresholds.
"""

from functools import cache
from pathlib import Path

from prometheus.thresholds import Alert, load

THRESHOLDS = Path(__file__).parents[1] / "prometheus" / "thresholds.yml"

#: What is good although no alert says so (docs/runbooks name them too).
GOOD_ERROR_RATIO = 0.01
GOOD_HIT_RATIO = 0.7


@cache
def _alerts() -> dict[str, Alert]:
    return {alert.key: alert for alert in load(THRESHOLDS).alerts}


def setting(alert: str, name: str) -> float:
    """Return a number of an alert, by name/scope and key of thresholds.yml.

    Raises:
        KeyError: if there is no such alert or it has no such number.
    """
    return float(_alerts()[alert].settings[name])


def limit(alert: str) -> float:
    """Return what is still good, by name/scope of the alert.

    Raises:
        KeyError: if there is no such alert or it has no limit.
    """
    return setting(alert, "limit")


def hold(alert: str) -> str:
    """Return for how long an alert's condition must hold, such as ``5 m``."""
    text = _alerts()[alert].hold
    return f"{text[:-1]} {text[-1]}"


def percent(ratio: float) -> str:
    """Return a ratio for a sentence, such as ``5 %``."""
    return f"{ratio * 100:g} %"
