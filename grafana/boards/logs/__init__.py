"""The dashboard "Logs": what the log lines say, and the lines themselves."""

from grafana import variables
from grafana.board import Board
from grafana.boards.logs.counts import counts, verdict
from grafana.boards.logs.lines import details, lines


def board() -> Board:
    """Return the dashboard."""
    return Board(
        title="Logs",
        question="What do the log lines say: how many errors, of which type and tenant, and which?",
        rows=(verdict(), counts(), lines(), details()),
        variables=(
            variables.data_source("prometheus"),
            variables.data_source("loki"),
            variables.data_source("jaeger"),
            variables.logged_service(),
            variables.tenant(),
            variables.level(),
            variables.search(),
        ),
        refresh="10s",
    )
