"""Reading traces: a page of the list, by filters, and one trace as a whole."""

import re
import sqlite3
from dataclasses import dataclass
from typing import Any

from agent_telemetry.console.store import schema
from agent_telemetry.console.store.trace_row import Span, unpack

ROWS = 50
#: What fits into a column.
_NUMBER = re.compile(r"[0-9]{1,18}", re.ASCII)
#: What a list may be sorted by → the column.
ORDERS = {"newest": "seq", "slowest": "duration", "dearest": "units"}
#: What a list may be narrowed to → the statuses in it.
STATUSES = {
    "ok": ("ok",),
    "error": ("error",),
    "recovered": ("recovered",),
    "failing": ("error", "recovered"),
}


@dataclass(frozen=True, kw_only=True)
class TraceFilter:
    """Which traces are wanted; what is empty or 0 filters nothing.

    Attributes:
        tenant: their tenant.
        agent: their agent.
        status: ``ok``, ``error``, ``recovered``: something failed but not the whole, or
            ``failing``: either of these.
        least_micros: least duration in microseconds.
        least_units: least cost in units of 1e-12 USD.
        text: part of the name, model or tool, or the start of a trace id or request id.
        order: one of ``ORDERS``.
        before: the cursor of the page before, ``value.seq``; empty is the first page.
    """

    tenant: str = ""
    agent: str = ""
    status: str = ""
    least_micros: int = 0
    least_units: int = 0
    text: str = ""
    order: str = "newest"
    before: str = ""


@dataclass(frozen=True)
class TracePage:
    """One page of the list.

    Attributes:
        rows: traces, as columns by name.
        older: cursor of the next page, empty at the end.
        found: how many traces the filters let through in all.
    """

    rows: list[dict[str, Any]]
    older: str
    found: int


def page(connection: sqlite3.Connection, wanted: TraceFilter) -> TracePage:
    """Return a page of traces."""
    where, values = _conditions(wanted)
    counted = f"SELECT COUNT(*) FROM traces WHERE {where}"  # noqa: S608 -- our own words
    (found,) = connection.execute(counted, values).fetchone()
    column = ORDERS[wanted.order]
    cursor = _cursor(wanted.before)
    if cursor is not None:
        where += f" AND ({column}, seq) < (?, ?)"
        values += cursor
    columns = ("seq", *schema.TRACE_COLUMNS)
    query = (
        f"SELECT {', '.join(columns)} FROM traces WHERE {where}"  # noqa: S608
        f" ORDER BY {column} DESC, seq DESC LIMIT {ROWS + 1}"
    )
    rows = [dict(zip(columns, row, strict=True)) for row in connection.execute(query, values)]
    more = len(rows) > ROWS
    rows = rows[:ROWS]
    return TracePage(rows, f"{rows[-1][column]}.{rows[-1]['seq']}" if more else "", found)


def one(connection: sqlite3.Connection, trace_id: str) -> tuple[dict[str, Any], list[Span]] | None:
    """Return the columns and spans of a trace, None when it is not there."""
    columns = ("seq", *schema.TRACE_COLUMNS)
    query = f"SELECT {', '.join(columns)} FROM traces WHERE trace_id = ?"  # noqa: S608
    row = connection.execute(query, (trace_id,)).fetchone()
    if row is None:
        return None
    (packed,) = connection.execute(schema.SPANS_OF, (trace_id,)).fetchone()
    return dict(zip(columns, row, strict=True)), unpack(packed)


def names(connection: sqlite3.Connection, column: str) -> list[str]:
    """Return the values that there are in ``tenant`` or ``agent``, by an index."""
    if column not in {"tenant", "agent"}:
        raise ValueError(column)
    query = f"SELECT DISTINCT {column} FROM traces WHERE {column} > '' LIMIT 200"  # noqa: S608
    return [name for (name,) in connection.execute(query)]


def _conditions(wanted: TraceFilter) -> tuple[str, list[Any]]:
    parts, values = ["1"], []
    for column in ("tenant", "agent"):
        if getattr(wanted, column):
            parts.append(f"{column} = ?")
            values.append(getattr(wanted, column))
    if wanted.status:
        among = STATUSES[wanted.status]
        parts.append(f"status IN ({', '.join('?' * len(among))})")
        values += among
    if wanted.least_micros:
        parts.append("duration >= ?")
        values.append(wanted.least_micros)
    if wanted.least_units:
        parts.append("units >= ?")
        values.append(wanted.least_units)
    if wanted.text:
        parts.append(
            "(trace_id = ? OR request_id = ? OR instr(lower(name || ' ' || models || ' ' || tools"
            " || ' ' || error_type), ?) OR substr(trace_id, 1, length(?)) = ?)"
        )
        text = wanted.text.lower()
        values += [text, wanted.text, text, text, text]
    return " AND ".join(parts), values


def _cursor(text: str) -> list[int] | None:
    value, _, seq = text.partition(".")
    if not _NUMBER.fullmatch(value) or not _NUMBER.fullmatch(seq):
        return None
    return [int(value), int(seq)]
