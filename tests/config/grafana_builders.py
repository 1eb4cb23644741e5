"""The Python that the dashboards are made with, imported for tests.

The SDK warns at import that it prefers Grafana's next file format, which provisioning by file does
not load.
"""

import json
import warnings

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)
    from grafana_foundation_sdk.cog.encoder import JSONEncoder
    from grafana_foundation_sdk.cog.plugins import register_default_plugins
    from grafana_foundation_sdk.models.dashboard import Dashboard

    from grafana import alert_limits, generate, links, panel_kinds, promql, variables
    from grafana.board import Board, Row
    from grafana.registry import all_boards

register_default_plugins()


def as_grafana_reads(text: str) -> object:
    """Return a dashboard's text after it went through the SDK's model of a dashboard."""
    return json.loads(JSONEncoder().encode(Dashboard.from_json(json.loads(text))))


__all__ = [
    "Board",
    "Row",
    "alert_limits",
    "all_boards",
    "as_grafana_reads",
    "generate",
    "links",
    "panel_kinds",
    "promql",
    "variables",
]
