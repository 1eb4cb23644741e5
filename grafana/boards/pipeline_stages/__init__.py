"""The dashboard "Pipeline stages": how long each kind of span takes, and how many there are."""

from grafana import variables
from grafana.board import Board
from grafana.boards.pipeline_stages.details import details
from grafana.boards.pipeline_stages.stages import stages, verdict
from grafana.request_tables import slower_than


def board() -> Board:
    """Return the dashboard."""
    return Board(
        title="Pipeline stages",
        question="Which stage of a chat (agent, model, tool, memory, retrieval) takes the time?",
        rows=(verdict(), stages(), details()),
        variables=(
            variables.data_source("prometheus"),
            variables.data_source("jaeger"),
            variables.service(),
            slower_than(),
            variables.traced_service(),
        ),
    )
