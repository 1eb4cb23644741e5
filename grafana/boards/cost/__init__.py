"""The dashboard "Cost": what is spent, on which model, by whom, and which runs are dear."""

from grafana import variables
from grafana.board import Board
from grafana.boards.cost.details import details
from grafana.boards.cost.money import runs, trend, verdict, who


def board() -> Board:
    """Return the dashboard."""
    return Board(
        title="Cost",
        question="What do the model calls cost, which model and tenant causes it, and is it usual?",
        rows=(verdict(), trend(), who(), runs(), details()),
        variables=(
            variables.data_source("prometheus"),
            variables.data_source("loki"),
            variables.data_source("jaeger"),
            variables.service(),
            variables.tenant(),
            variables.model(),
        ),
        span="24h",
        refresh="1m",
    )
