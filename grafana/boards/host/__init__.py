"""Host: does the machine under the containers hold anybody back? Read with the profile host."""

from grafana import variables
from grafana.board import Board
from grafana.boards.host import details, storage, usage, verdict
from grafana.links import to_dashboard


def board() -> Board:
    """Return the dashboard."""
    return Board(
        title="Host",
        question="Does the machine under the containers hold them back? Filled with the profile "
        "`host`.",
        rows=(verdict.row(), usage.row(), storage.row(), details.row()),
        variables=(
            variables.data_source("prometheus"),
            variables.label_choice(
                "instance",
                "Machine",
                "node_uname_info",
                "instance",
                "The machine, by the address at which node-exporter is scraped.",
            ),
        ),
        links=(to_dashboard("Stack health", "stack-health", keep=()),),
        span="3h",
        of_service="",
    )
