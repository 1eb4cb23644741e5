"""The list of traces."""

from typing import Any

from agent_telemetry.console.console import Console
from agent_telemetry.console.pages.page import Page
from agent_telemetry.console.query import Query
from agent_telemetry.console.store import trace_reading
from agent_telemetry.console.store.trace_reading import ORDERS, STATUSES, TraceFilter
from agent_telemetry.prices.pricing import UNITS_PER_USD

FIELDS = ("tenant", "agent", "status", "min_ms", "min_cost", "text", "order")


def wanted(query: Query) -> TraceFilter:
    """Return what an address asks for."""
    return TraceFilter(
        tenant=query.text("tenant"),
        agent=query.text("agent"),
        status=query.choice("status", STATUSES, ""),
        least_micros=round((query.number("min_ms") or 0) * 1000),
        least_units=min(round((query.number("min_cost") or 0) * UNITS_PER_USD), 2**62),
        text=query.text("text"),
        order=query.choice("order", ORDERS, "newest"),
        before=query.text("before"),
    )


def view(console: Console, query: Query) -> dict[str, Any]:
    """Return a page of the list."""
    chosen = wanted(query)
    with console.store.database.read() as connection:
        found = trace_reading.page(connection, chosen)
    return {
        "page_of": found,
        "filtered": any(query.text(name) for name in FIELDS if name != "order"),
        "longest": max((row["duration"] for row in found.rows), default=1) or 1,
    }


def choices(console: Console) -> dict[str, list[str]]:
    """Return what the filters offer."""
    with console.store.database.read() as connection:
        return {
            "tenants": trace_reading.names(connection, "tenant"),
            "agents": trace_reading.names(connection, "agent"),
            "statuses": list(STATUSES),
            "orders": list(ORDERS),
        }


PAGE = Page(path="/traces", title="Traces", key="t", template="traces", view=view, choices=choices)
