"""The dashboard "Agent Performance Monitor": is the agent well, and what does it cost?

The first row is the verdict; the rows under it say where it comes from. It reads the metric names
of the guides; rates look back over 5 minutes, tokens and money over an hour.
"""

from grafana import variables
from grafana.board import Board
from grafana.boards.agent_performance_monitor.causes import insides, money, telemetry
from grafana.boards.agent_performance_monitor.verdict import requests, verdict


def board() -> Board:
    """Return the dashboard."""
    return Board(
        title="Agent Performance Monitor",
        question="Is the agent well, and what does it cost? One page for the person on call.",
        rows=(verdict(), requests(), money(), insides(), telemetry()),
        variables=(
            variables.data_source("prometheus"),
            variables.data_source("loki"),
            variables.service(),
            variables.tenant(),
        ),
    )
