"""The PromQL condition of each alert, by its name and scope.

Windows are those of thresholds.yml. Where a series is recorded over the same window it is used,
otherwise the expression is written out, so that a preset may shorten a window.
"""

from collections.abc import Callable
from dataclasses import dataclass

from prometheus import recording_rules as recorded
from prometheus.durations import TimeScale
from prometheus.thresholds import Alert, BadThresholdError


@dataclass(frozen=True, slots=True)
class Condition:
    """When an alert fires.

    Attributes:
        expr: PromQL; each result is one alert.
        labels: labels of the result that narrow its links (`tool_name`, …).
        failures: whether the logs and traces to look at are those of failures.
        service: the `service` label where the result has none of its own.
    """

    expr: str
    labels: tuple[str, ...] = ()
    failures: bool = True
    service: str = ""


Builder = Callable[[Alert, TimeScale], Condition]
_BUILDERS: dict[tuple[str, str], Builder] = {}


def _condition(name: str, scope: str) -> Callable[[Builder], Builder]:
    def register(builder: Builder) -> Builder:
        _BUILDERS[name, scope] = builder
        return builder

    return register


def condition_of(alert: Alert, scale: TimeScale) -> Condition:
    """Return the condition of an alert.

    Raises:
        BadThresholdError: if there is no such alert or one of its settings is missing.
    """
    builder = _BUILDERS.get((alert.name, alert.scope))
    if builder is None:
        raise BadThresholdError(f"{alert.name}: there is no condition for scope {alert.scope!r}")
    try:
        return builder(alert, scale)
    except KeyError as missing:
        raise BadThresholdError(f"{alert.name} ({alert.scope}): {missing} is missing") from missing


@_condition("HighErrorRate", "request")
def _high_error_rate(alert: Alert, scale: TimeScale) -> Condition:
    ratio = recorded.REQUEST_ERROR_RATIO
    if alert.settings["window"] != recorded.RATE_WINDOW:
        window = scale.window(alert.settings["window"])
        ratio = (
            f'sum by (service) (rate(agent_requests_total{{status="error"}}[{window}]))\n'
            f"/\n(sum by (service) (rate(agent_requests_total[{window}])) > 0)"
        )
    return Condition(f"{ratio} > {alert.settings['limit']}")


@_condition("APICallFailures", "tool")
def _api_call_failures(alert: Alert, scale: TimeScale) -> Condition:
    failures = recorded.TOOL_FAILURES
    if alert.settings["window"] != recorded.RATE_WINDOW:
        window = scale.window(alert.settings["window"])
        failures = (
            "sum by (service, tool_name) "
            f'(increase(agent_tool_calls_total{{status="failed"}}[{window}]))'
        )
    return Condition(f"{failures} > {alert.settings['limit']}", ("tool_name",))


@_condition("HighAPICost", "cost")
def _high_api_cost(alert: Alert, scale: TimeScale) -> Condition:
    spent = recorded.COST
    if alert.settings["window"] != recorded.COST_WINDOW:
        window = scale.window(alert.settings["window"])
        spent = f"sum by (service) (increase(agent_api_cost_usd_total[{window}]))"
    return Condition(f"{spent} > {alert.settings['limit']}", failures=False)


@_condition("AgentDown", "agent")
def _agent_down(alert: Alert, _scale: TimeScale) -> Condition:
    job = alert.settings["job"]
    # A target that vanished has no `up` at all; absent() keeps the labels it is asked for.
    return Condition(
        f'sum by (service, instance) (up{{job="{job}"}}) == 0\n'
        f'or\nsum by (service) (absent(up{{job="{job}", service="{job}"}}))'
    )


@_condition("Watchdog", "pipeline")
def _watchdog(alert: Alert, _scale: TimeScale) -> Condition:
    return Condition("vector(1)", service=alert.settings["service"])
