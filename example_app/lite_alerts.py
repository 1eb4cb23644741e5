"""Alerts of the lite version, where no Prometheus and no Alertmanager run.

The rules are those of the library, with windows so short that an incident is seen within a minute
of its effect and is over a minute after its end. The full stack does not use them: Prometheus
evaluates there, and nobody is told twice.
"""

import os

from agent_telemetry import AlertLimits, ObservabilityStack, ready_made_rules

_DEFAULTS = {
    "AGENT_TELEMETRY_ALERTS": "1",
    "AGENT_TELEMETRY_ALERTS_SECONDS": "5",
    "AGENT_TELEMETRY_ALERTS_WINDOW_SECONDS": "60",
}
#: Fewest requests that say anything; an incident sends at least six.
_LEAST_REQUESTS = 5


def evaluate_in_process() -> None:
    """Evaluate the library's rules often and look back shortly, unless told otherwise."""
    for name, value in _DEFAULTS.items():
        os.environ.setdefault(name, value)


def add_lite_rules(stack: ObservabilityStack) -> None:
    """Put all rules of the library in force; each fires at once, and is told each time."""
    window = stack.settings.alerts.window_seconds
    limits = AlertLimits(
        window_seconds=window,
        cost_window_seconds=window,
        for_scale=0,
        cooldown_seconds=0,
        least_requests=_LEAST_REQUESTS,
    )
    stack.alerts.look_back(window, window)
    stack.alerts.add_rules(ready_made_rules(limits))
