"""The dashboard "Performance": what is slow or fails, and where the time goes."""

from grafana import variables
from grafana.board import Board
from grafana.boards.performance.details import details
from grafana.boards.performance.requests import requests, suspects, verdict
from grafana.request_tables import slower_than


def board() -> Board:
    """Return the dashboard."""
    return Board(
        title="Performance",
        question="How fast are the answers, which requests are slow, and where does the time go?",
        rows=(verdict(), requests(), suspects(), details()),
        variables=(
            variables.data_source("prometheus"),
            variables.data_source("loki"),
            variables.data_source("jaeger"),
            variables.service(),
            variables.tenant(),
            slower_than(),
            variables.traced_service(),
        ),
    )
