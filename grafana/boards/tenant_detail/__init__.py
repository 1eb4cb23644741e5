"""The dashboard "Tenant detail": requests, cost and cache hit rate of each tenant."""

from grafana import variables
from grafana.board import Board
from grafana.boards.tenant_detail.details import comparison, details
from grafana.boards.tenant_detail.tenants import tenants, verdict


def board() -> Board:
    """Return the dashboard."""
    return Board(
        title="Tenant detail",
        question="How is this tenant served, and what does it cost: choose one, or compare all?",
        rows=(verdict(), tenants(), comparison(), details()),
        variables=(
            variables.data_source("prometheus"),
            variables.data_source("loki"),
            variables.data_source("jaeger"),
            variables.service(),
            variables.tenant(),
        ),
    )
