"""Reading the console's sums: by name over a window, or along its time."""

import sqlite3
from collections.abc import Collection, Iterable, Iterator

from agent_telemetry.console.store import schema
from agent_telemetry.console.store.totals import Totals, unpacked_times

#: Kind, name, parent → sums.
ByName = dict[tuple[str, str, str], Totals]
#: Some names of one kind.
Names = Collection[str]

_COLUMNS = ", ".join(schema.SUM_COLUMNS)


def rows(
    connection: sqlite3.Connection,
    period: str,
    start: int,
    kinds: Iterable[str],
    names: Names | None = None,
) -> Iterator[tuple[int, str, str, str, Totals]]:
    """Return start, kind, name, parent and sums of every row since a minute.

    Args:
        connection: reads.
        period: ``minute`` or ``hour``.
        start: the first minute since 1970.
        kinds: which kinds.
        names: which names; None: all.
    """
    wanted = list(kinds)
    places = ", ".join("?" * len(wanted))
    among = f" AND name IN ({', '.join('?' * len(names))})" if names is not None else ""
    query = (
        f"SELECT start, kind, name, parent, {_COLUMNS} FROM sums"  # noqa: S608 -- our own words
        f" WHERE period = ? AND start >= ? AND kind IN ({places}){among}"
    )
    for moment, kind, name, parent, *values, times in connection.execute(
        query, (period, start, *wanted, *(names or ()))
    ):
        totals = Totals(*values)
        totals.times = unpacked_times(times)
        yield moment, kind, name, parent, totals


def by_name(
    connection: sqlite3.Connection, period: str, start: int, kinds: Iterable[str]
) -> ByName:
    """Return the sums of each name since a minute, the most frequent first."""
    found: ByName = {}
    for _, kind, name, parent, totals in rows(connection, period, start, kinds):
        found.setdefault((kind, name, parent), Totals()).merge(totals)
    return dict(sorted(found.items(), key=lambda item: (-item[1].calls, item[0])))


def along(
    connection: sqlite3.Connection, period: str, start: int, step: int, kinds: Iterable[str]
) -> dict[tuple[int, str], Totals]:
    """Return the sums of each kind in each step of minutes since a minute."""
    found: dict[tuple[int, str], Totals] = {}
    for moment, kind, _, _, totals in rows(connection, period, start, kinds):
        # Hours that are no multiple of the step since 1970 still belong to one of its bars.
        slot = start + (moment - start) // step * step
        found.setdefault((slot, kind), Totals()).merge(totals)
    return found


def along_names(
    connection: sqlite3.Connection,
    period: str,
    start: int,
    step: int,
    *,
    kind: str,
    names: Names | None,
) -> dict[tuple[int, str], Totals]:
    """Return the sums of names of a kind in each step of minutes since a minute.

    Args:
        connection: reads.
        period: ``minute`` or ``hour``.
        start: the first minute since 1970.
        step: minutes of one step.
        kind: which kind.
        names: which names; None: all.
    """
    found: dict[tuple[int, str], Totals] = {}
    for moment, _, name, _, totals in rows(connection, period, start, (kind,), names):
        slot = start + (moment - start) // step * step
        found.setdefault((slot, name), Totals()).merge(totals)
    return found
