"""What a rule about dashboards is: a name, and what it finds wrong."""

from collections.abc import Callable, Iterator
from typing import Any

#: A dashboard as Grafana reads it.
Dashboard = dict[str, Any]
Check = Callable[[Dashboard], Iterator[str]]
RULES: dict[str, Check] = {}


def rule(check: Check) -> Check:
    """Register a check by its name; it yields a sentence for each thing that is wrong."""
    RULES[check.__name__.replace("_", "-")] = check
    return check
