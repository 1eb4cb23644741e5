"""What the condition of an alert is, and where each is registered by its name and scope."""

from collections.abc import Callable
from dataclasses import dataclass

from prometheus.bad_rule import BadRuleError
from prometheus.durations import TimeScale
from prometheus.thresholds import Alert


@dataclass(frozen=True, slots=True)
class Condition:
    """When an alert fires.

    Attributes:
        expr: PromQL; each result is one alert.
        labels: labels of the result that are fields of the log record too and narrow the links
            to logs and traces (`tool_name`, …).
        failures: whether the logs and traces to look at are those of failures.
        slower_than: seconds; the logs and traces to look at are those that took longer. 0: any.
        service: the `service` label where the result has none of its own.
        agent: whether `service` is an agent, whose own logs, traces and dashboards there are;
            otherwise the links show what went wrong anywhere at that time.
    """

    expr: str
    labels: tuple[str, ...] = ()
    failures: bool = True
    slower_than: float = 0
    service: str = ""
    agent: bool = True


Builder = Callable[[Alert, TimeScale], Condition]


@dataclass(frozen=True, slots=True)
class _Registered:
    settings: frozenset[str]
    build: Builder


_REGISTERED: dict[tuple[str, str], _Registered] = {}


def condition(name: str, scope: str, *settings: str) -> Callable[[Builder], Builder]:
    """Register a builder as the condition of one alert.

    Args:
        name: of the alert.
        scope: of the alert.
        settings: the keys of thresholds.yml that it needs besides `severity` and `for`
            (`limit`, `window`, …); no other key is taken.
    """

    def register(builder: Builder) -> Builder:
        _REGISTERED[name, scope] = _Registered(frozenset(settings), builder)
        return builder

    return register


def registered() -> frozenset[tuple[str, str]]:
    """Return the name and scope of every alert that has a condition."""
    return frozenset(_REGISTERED)


def build(alert: Alert, scale: TimeScale) -> Condition:
    """Return the condition of an alert.

    Raises:
        BadRuleError: if it has no condition, or a setting is missing or not known.
    """
    found = _REGISTERED.get((alert.name, alert.scope))
    if found is None:
        raise BadRuleError(f"{alert.key}: there is no condition of that name and scope")
    if missing := found.settings - alert.settings.keys():
        raise BadRuleError(f"{alert.key}: {', '.join(sorted(missing))} is missing")
    if unknown := alert.settings.keys() - found.settings:
        takes = ", ".join(sorted(found.settings)) or "nothing else"
        raise BadRuleError(f"{alert.key}: {', '.join(sorted(unknown))} is not known; takes {takes}")
    return found.build(alert, scale)
