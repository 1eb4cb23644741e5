"""Fills `$variables` of a dashboard as Grafana does when nobody has chosen anything."""

import re
from collections.abc import Mapping
from typing import Any

#: `$name`, `${name}` and `${name:format}`; `$__name` are Grafana's own.
_VARIABLE = re.compile(r"\$(?:\{(?P<braces>\w+)(?::(?P<format>\w+))?\}|(?P<bare>\w+))")
#: What Grafana computes for one hour on a panel of usual width, scraped every 15 s.
STEP_SECONDS = 15
OWN = {
    "__rate_interval": "60s",
    "__interval": f"{STEP_SECONDS}s",
    "__auto": f"{STEP_SECONDS}s",
    "__interval_ms": str(STEP_SECONDS * 1000),
}


class UnknownVariableError(KeyError):
    """A query names a variable that its dashboard does not have."""


def chosen(variable: Mapping[str, Any]) -> str:
    """Return what stands for a variable in a query when its default is chosen."""
    value = variable["current"]["value"] if "current" in variable else variable.get("query", "")
    values = value if isinstance(value, list) else [value]
    if values == ["$__all"]:
        return str(variable.get("allValue") or ".*")
    return "|".join(map(str, values))


def defaults(dashboard: Mapping[str, Any]) -> dict[str, str]:
    """Return every variable of a dashboard with its default."""
    return {one["name"]: chosen(one) for one in dashboard["templating"]["list"]}


def span_seconds(dashboard: Mapping[str, Any]) -> int:
    """Return how much time a dashboard shows at first.

    Raises:
        ValueError: if its time does not start at ``now-<number><unit>``.
    """
    found = re.fullmatch(r"now-(\d+)([mhd])", dashboard["time"]["from"])
    if found is None:
        raise ValueError(f"{dashboard['uid']}: starts at {dashboard['time']['from']}")
    return int(found[1]) * {"m": 60, "h": 3600, "d": 86400}[found[2]]


def fill(text: str, values: Mapping[str, str], *, range_seconds: int) -> str:
    """Return a query as the server gets it.

    Args:
        text: with variables.
        values: variable → what stands for it.
        range_seconds: the time that the dashboard shows.

    Raises:
        UnknownVariableError: if it names a variable that is not among them.
    """
    known = {**OWN, "__range": f"{range_seconds}s", "__range_s": str(range_seconds), **values}

    def value(found: re.Match[str]) -> str:
        name = found["braces"] or found["bare"]
        if name not in known:
            raise UnknownVariableError(f"${name} in: {text}")
        return known[name]

    return _VARIABLE.sub(value, text)
