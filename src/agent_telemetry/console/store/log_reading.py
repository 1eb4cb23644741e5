"""Reading log lines: a page of the list, by filters."""

import sqlite3
from dataclasses import dataclass
from typing import Any

import orjson

ROWS = 100
#: Least level → its number. The literal numbers are what the partial indexes know.
LEVELS = {"DEBUG": 0, "INFO": 20, "WARN": 30, "ERROR": 40, "FATAL": 50}


@dataclass(frozen=True, kw_only=True)
class LogFilter:
    """Which lines are wanted; what is empty filters nothing.

    Attributes:
        level: least level.
        event: the event's name.
        tenant: whose request.
        request_id: of which request.
        trace_id: of which trace.
        text: what the line contains, in any case of letters.
        before: ``seq`` of the last line of the page before; empty is the first page.
    """

    level: str = ""
    event: str = ""
    tenant: str = ""
    request_id: str = ""
    trace_id: str = ""
    text: str = ""
    before: str = ""


def page(
    connection: sqlite3.Connection, wanted: LogFilter, rows: int = ROWS
) -> tuple[list[dict[str, Any]], str]:
    """Return lines, the newest first, and the cursor of the next page, empty at the end.

    Args:
        connection: reads.
        wanted: which lines.
        rows: most lines.
    """
    parts, values = ["1"], []
    if wanted.level == "FATAL":
        parts.append("level >= 40")  # its index has them
    if LEVELS.get(wanted.level):
        parts.append(f"level >= {LEVELS[wanted.level]}")
    for column in ("event", "tenant", "request_id", "trace_id"):
        if getattr(wanted, column):
            parts.append(f"{column} = ?")
            values.append(getattr(wanted, column))
    if wanted.text:
        parts.append("line LIKE ? ESCAPE '\\'")
        text = wanted.text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        values.append(f"%{text}%")
    if wanted.before.isascii() and wanted.before.isdigit():
        parts.append("seq < ?")
        values.append(wanted.before)
    query = (
        f"SELECT seq, time, line FROM logs WHERE {' AND '.join(parts)}"  # noqa: S608
        f" ORDER BY seq DESC LIMIT {rows + 1}"
    )
    found = [
        {"seq": seq, "time": time, "told": orjson.loads(line)}
        for seq, time, line in connection.execute(query, values)
    ]
    return found[:rows], str(found[rows - 1]["seq"]) if len(found) > rows else ""


def events(connection: sqlite3.Connection) -> list[str]:
    """Return the events that there are, by an index that is skipped through."""
    query = (
        "WITH RECURSIVE each(event) AS (SELECT min(event) FROM logs WHERE event > ''"
        " UNION ALL SELECT (SELECT min(event) FROM logs WHERE event > each.event) FROM each"
        " WHERE each.event IS NOT NULL) SELECT event FROM each WHERE event IS NOT NULL LIMIT 200"
    )
    return [event for (event,) in connection.execute(query)]
