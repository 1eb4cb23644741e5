"""The kinds of panel that the dashboards are made of, each with the defaults of this project.

The SDK leaves out what a provisioned dashboard needs (ids of panels, reference ids of queries, the
legend), so every panel is made here. Each kind returns the SDK's builder: a dashboard that needs
something else of one panel goes on from there (``graph(…).span(24)``).
"""

from grafana.panel_kinds.bars import bars
from grafana.panel_kinds.dial import dial
from grafana.panel_kinds.graph import graph
from grafana.panel_kinds.heat import heat
from grafana.panel_kinds.lists import alert_list, dashboard_list
from grafana.panel_kinds.log_lines import log_lines
from grafana.panel_kinds.number import number
from grafana.panel_kinds.shares import shares
from grafana.panel_kinds.states import states
from grafana.panel_kinds.steps import NEUTRAL, Steps, falling, rising
from grafana.panel_kinds.table import Column, table
from grafana.panel_kinds.words import Words
from grafana.queries import LogQuery, Query, TraceQuery

__all__ = [
    "NEUTRAL",
    "Column",
    "LogQuery",
    "Query",
    "Steps",
    "TraceQuery",
    "Words",
    "alert_list",
    "bars",
    "dashboard_list",
    "dial",
    "falling",
    "graph",
    "heat",
    "log_lines",
    "number",
    "rising",
    "shares",
    "states",
    "table",
]
