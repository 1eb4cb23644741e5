"""The dashboard "AI Assistant Monitoring", after the guide of the FastAPI assistant."""

from grafana import variables
from grafana.board import Board
from grafana.boards.ai_assistant_monitoring.details import machine, use
from grafana.boards.ai_assistant_monitoring.guide import guide, verdict


def board() -> Board:
    """Return the dashboard."""
    return Board(
        title="AI Assistant Monitoring",
        question="Does the assistant answer over HTTP, does its model, and is its machine well?",
        rows=(verdict(), guide(), use(), machine()),
        variables=(
            variables.data_source("prometheus"),
            variables.data_source("loki"),
            variables.service("http_requests_total"),
            variables.model(),
        ),
    )
