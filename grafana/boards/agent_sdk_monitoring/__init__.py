"""The dashboard "Agent SDK Monitoring", after the guide of the agent SDK."""

from grafana import variables
from grafana.board import Board
from grafana.boards.agent_sdk_monitoring.details import pool, runs
from grafana.boards.agent_sdk_monitoring.guide import guide, verdict


def board() -> Board:
    """Return the dashboard."""
    return Board(
        title="Agent SDK Monitoring",
        question="Do the agents of the pool work: how many, how fast, with which tools and errors?",
        rows=(verdict(), guide(), pool(), runs()),
        variables=(
            variables.data_source("prometheus"),
            variables.data_source("loki"),
            variables.service(),
            variables.template(),
            variables.agent(),
        ),
    )
