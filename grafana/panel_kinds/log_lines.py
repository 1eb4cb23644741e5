# ruff: noqa: FBT003 -- the SDK's switches are positional
"""Log lines as they were written."""

from collections.abc import Iterable

from grafana_foundation_sdk.builders import logs
from grafana_foundation_sdk.models import common as mc

from grafana.links import Link
from grafana.panel_kinds.words import Words, dressed
from grafana.queries import LogQuery, Shape


def log_lines(panel_id: int, words: Words, expr: str, *, links: Iterable[Link] = ()) -> logs.Panel:
    """Return the log lines that a LogQL query finds, the newest first.

    Args:
        panel_id: stable id of the panel.
        words: title, description and the text for no data.
        expr: LogQL of lines.
        links: shown in the panel's corner.
    """
    panel = dressed(logs.Panel(), panel_id, words, (LogQuery(expr),), shape=Shape.GRAPH)
    return (
        panel.show_time(True)
        .wrap_log_message(True)
        .enable_log_details(True)
        .sort_order(mc.LogsSortOrder.DESCENDING)
        .links([link.builder() for link in links])
        .span(24)
        .height(9)
    )
