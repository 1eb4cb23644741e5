"""Log lines with filters, and the way to their traces."""

from typing import Any

import orjson

from agent_telemetry.console.console import Console
from agent_telemetry.console.pages.page import Page
from agent_telemetry.console.query import Query
from agent_telemetry.console.store import log_reading, trace_reading
from agent_telemetry.console.store.log_reading import LEVELS, LogFilter

FIELDS = ("level", "event", "tenant", "request_id", "trace_id", "text")


def view(console: Console, query: Query) -> dict[str, Any]:
    """Return a page of lines."""
    wanted = LogFilter(
        level=query.choice("level", LEVELS, ""),
        event=query.text("event"),
        tenant=query.text("tenant"),
        request_id=query.text("request_id"),
        trace_id=query.text("trace_id").lower(),
        text=query.text("text"),
        before=query.text("before"),
    )
    with console.store.database.read() as connection:
        lines, older = log_reading.page(connection, wanted)
    return {
        "lines": lines,
        "older": older,
        "filtered": any(query.text(name) for name in FIELDS),
    }


def whole_line(told: dict[str, Any]) -> str:
    """Return all fields of a line as JSON laid out."""
    return orjson.dumps(told, option=orjson.OPT_INDENT_2).decode()


def choices(console: Console) -> dict[str, list[str]]:
    """Return what the filters offer."""
    with console.store.database.read() as connection:
        return {
            "levels": list(LEVELS),
            "events": log_reading.events(connection),
            "tenants": trace_reading.names(connection, "tenant"),
        }


PAGE = Page(path="/logs", title="Logs", key="l", template="logs", view=view, choices=choices)
