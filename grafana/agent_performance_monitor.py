"""The dashboard "Agent Performance Monitor": is the agent well, and what does it cost?

The first row is the verdict; the rows under it say where it comes from. It reads the metric names
of the guides; rates look back over 5 minutes, tokens and money over an hour.
"""

from grafana_foundation_sdk.builders import dashboard as db
from grafana_foundation_sdk.models import dashboard as md

from grafana.performance_causes import with_insides, with_money, with_telemetry
from grafana.performance_queries import UID
from grafana.performance_verdict import with_requests, with_verdict
from grafana.variables import with_header


def build() -> md.Dashboard:
    """Return the dashboard in Grafana's classic model."""
    dashboard = with_header(
        db.Dashboard("Agent Performance Monitor")
        .uid(UID)
        .description("Is the agent well, and what does it cost? One page for the person on call.")
        .tags(["agent"])
        .readonly()
        .tooltip(md.DashboardCursorSync.CROSSHAIR)
        .refresh("30s")
        .time("now-1h", "now")
        .timezone("browser")
    )
    for add_row in (with_verdict, with_requests, with_money, with_insides, with_telemetry):
        dashboard = add_row(dashboard)
    return dashboard.build()
