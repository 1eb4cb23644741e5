"""Traces, log lines and sums on file: what is added to them, and what is forgotten."""

import re
import sqlite3
from collections.abc import Iterable, Sequence
from pathlib import Path

from agent_telemetry.console.settings import ConsoleSettings
from agent_telemetry.console.store import schema
from agent_telemetry.console.store.database import Database
from agent_telemetry.console.store.log_row import LogRow
from agent_telemetry.console.store.totals import Totals, packed_times, unpacked_times
from agent_telemetry.console.store.trace_row import Span, pack, trace_row, unpack
from agent_telemetry.console.store.trace_sums import Key, Sums, add_spans

#: Minutes of each period. Sums by the minute are for the last hours, those by the hour for days.
PERIODS = {"minute": 1, "hour": 60}
_MINUTES_KEPT = 26 * 60
#: Most names of one kind in one period; past them ``other``.
_MOST_NAMES = 200
_OTHER = "other"
_MOST_SPANS = 1000
_HOUR = 3_600_000_000
#: Share of the traces and lines that goes when the file is too large.
_TENTH = 10


class ConsoleStore:
    """What the console keeps. Writes come from one thread; reads from any.

    Args:
        path: the file, or None: in memory.
        bounds: how much is kept.
    """

    def __init__(self, path: Path | None, bounds: ConsoleSettings | None = None) -> None:
        self.database = Database(path)
        self.bounds = bounds if bounds is not None else ConsoleSettings()

    def add(self, traces: Iterable[tuple[str, str, list[Span]]], lines: Sequence[LogRow]) -> None:
        """Add a batch, all or nothing.

        Args:
            traces: id, name and spans of whole traces, or of later parts of traces.
            lines: log lines.

        Raises:
            sqlite3.Error: it could not be written.
            OSError: the folder cannot be made.
        """
        sums: Sums = {}
        with self.database.write() as connection:
            for trace_id, name, spans in traces:
                _add_trace(connection, sums, trace_id, name, spans)
            connection.executemany(schema.PUT_LOG, lines)
            for period, (start, keys) in _by_period(sums):
                for key, totals in keys.items():
                    _add_sum(connection, (period, start, *key), totals)

    def prune(self, now: float) -> None:
        """Forget what is too old or too much.

        Args:
            now: seconds since 1970.

        Raises:
            sqlite3.Error: it could not be written.
        """
        bounds, moment = self.bounds, round(now * 1e6)
        horizon = moment - bounds.hours * _HOUR
        with self.database.write() as connection:
            _forget_traces(connection, "started < ?", horizon)
            connection.execute("DELETE FROM logs WHERE time < ?", (horizon,))
            _forget_oldest(connection, "traces", bounds.traces)
            _forget_oldest(connection, "logs", bounds.logs)
            minute = moment // 60_000_000
            for period, kept in (("minute", _MINUTES_KEPT), ("hour", bounds.hours * 60)):
                connection.execute(
                    "DELETE FROM sums WHERE period = ? AND start < ?", (period, minute - kept)
                )
        with self.database.write() as connection:
            if self.database.size(connection) > bounds.most_bytes:
                for table in ("traces", "logs"):
                    (count,) = connection.execute(f"SELECT COUNT(*) FROM {table}").fetchone()  # noqa: S608
                    _forget_oldest(connection, table, count - count // _TENTH - 1)

    def close(self) -> None:
        """Close the file."""
        self.database.close()


def console_path(state_dir: Path | None, service_name: str) -> Path | None:
    """Return the file of a service's console, None when there is no folder for it."""
    if state_dir is None:
        return None
    return state_dir / f"{re.sub(r'[^A-Za-z0-9._-]+', '-', service_name)}.console.sqlite3"


def _add_trace(
    connection: sqlite3.Connection, sums: Sums, trace_id: str, name: str, spans: list[Span]
) -> None:
    if not spans:
        return
    known = connection.execute(schema.SPANS_OF, (trace_id,)).fetchone()
    kept = unpack(known[0]) if known is not None else []
    ids = {span["id"] for span in kept}
    new = [span for span in spans if span["id"] not in ids]
    if not new:
        return
    whole = sorted([*kept, *new], key=lambda span: span["start"])[:_MOST_SPANS]
    add_spans(sums, [*kept, *new], new)
    row = trace_row(trace_id, name, whole)
    (seq,) = connection.execute(schema.PUT_TRACE, row).fetchone()
    connection.execute(schema.PUT_SPANS, (seq, pack(whole)))


def _by_period(sums: Sums) -> Iterable[tuple[str, tuple[int, dict[Key, Totals]]]]:
    hours: dict[int, dict[Key, Totals]] = {}
    for minute, keys in sums.items():
        yield "minute", (minute, keys)
        hour = hours.setdefault(minute - minute % PERIODS["hour"], {})
        for key, totals in keys.items():
            hour.setdefault(key, Totals()).merge(totals)
    for start, keys in hours.items():
        yield "hour", (start, keys)


def _add_sum(
    connection: sqlite3.Connection, key: tuple[str, int, str, str, str], totals: Totals
) -> None:
    known = connection.execute(schema.TIMES_OF, key).fetchone()
    if known is None:
        (names,) = connection.execute(schema.NAMES_OF, key[:3]).fetchone()
        if names >= _MOST_NAMES and key[3] != _OTHER:
            _add_sum(connection, (*key[:3], _OTHER, ""), totals)
            return
    times = totals.times
    if known is not None:
        times = unpacked_times(known[0]) + times
    values = [getattr(totals, column) for column in schema.SUM_COLUMNS[:-1]]
    connection.execute(schema.PUT_SUM, (*key, *values, packed_times(times)))


def _forget_traces(connection: sqlite3.Connection, which: str, value: int) -> None:
    chosen = f"SELECT seq FROM traces WHERE {which}"  # noqa: S608 -- our own words
    connection.execute(f"DELETE FROM spans WHERE seq IN ({chosen})", (value,))  # noqa: S608
    connection.execute(f"DELETE FROM traces WHERE {which}", (value,))  # noqa: S608


def _forget_oldest(connection: sqlite3.Connection, table: str, kept: int) -> None:
    """Keep the latest rows of a table; a row's ``seq`` finds the first of them at once."""
    past = f"SELECT seq FROM {table} ORDER BY seq DESC LIMIT 1 OFFSET ?"  # noqa: S608
    found = connection.execute(past, (max(0, kept),)).fetchone()
    if found is None:
        return
    if table == "traces":
        connection.execute("DELETE FROM spans WHERE seq <= ?", found)
    connection.execute(f"DELETE FROM {table} WHERE seq <= ?", found)  # noqa: S608
