"""The rules that every dashboard keeps: those of dashboard-linter, and stricter ones.

`template-job` and `template-instance` of dashboard-linter are `service-variable` here, `target-job`
and `target-instance` are `target-service`: in this stack `service` says who is watched.
"""

from tests.config.dashboard_lint import (
    header_rules,
    layout_rules,
    link_rules,
    logql_rules,
    panel_rules,
    promql_rules,
)
from tests.config.dashboard_lint.rule import RULES

__all__ = [
    "RULES",
    "header_rules",
    "layout_rules",
    "link_rules",
    "logql_rules",
    "panel_rules",
    "promql_rules",
]
