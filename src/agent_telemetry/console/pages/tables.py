"""Models, tools, tenants and stages: how often, how long, how much, as charts and as a table."""

import sqlite3
from collections.abc import Callable
from functools import partial
from typing import Any

from agent_telemetry.console.chart import Chart, chart
from agent_telemetry.console.console import Console
from agent_telemetry.console.pages.page import Page
from agent_telemetry.console.pages.paging import paged
from agent_telemetry.console.query import Query
from agent_telemetry.console.store import sums_reading
from agent_telemetry.console.store.sums_reading import Names
from agent_telemetry.console.store.totals import Totals
from agent_telemetry.console.wording import axis_money, count, duration

#: Names that a chart shows one by one.
_NAMES_SHOWN = 4
_OTHERS = "others"
#: What a chart shows of sums: words for its title, the value, words for a value, lines or bars.
_Shown = tuple[str, Callable[[Totals], float | None], Callable[[float], str], bool]
_CALLS: _Shown = ("Calls", lambda each: each.calls, count, False)
_REQUESTS: _Shown = ("Requests", lambda each: each.calls, count, False)
_COST: _Shown = ("Cost", lambda each: each.units, axis_money, False)
_P50: _Shown = ("P50", lambda each: each.percentile(50), duration, True)
_P95: _Shown = ("P95", lambda each: each.percentile(95), duration, True)
_CHARTS: dict[str, tuple[_Shown, ...]] = {
    "model": (_COST, _P95),
    "tool": (_CALLS, _P95),
    "tenant": (_REQUESTS, _COST),
    "stage": (_P50, _P95),
}


def view(kind: str, console: Console, query: Query) -> dict[str, Any]:
    """Return charts and the rows of one kind in the window, and their sum."""
    window = query.window
    with console.store.database.read() as connection:
        found = sums_reading.by_name(connection, *window.summed(query.now), (kind,))
        whole = Totals()
        for each in found.values():
            whole.merge(each)
        rows: list[dict[str, Any]] = [
            {"name": name, "parent": parent, "totals": totals}
            for (_, name, parent), totals in found.items()
        ]
        if kind == "stage":
            rows.sort(key=lambda row: -row["totals"].micros)
        top = list(dict.fromkeys(row["name"] for row in rows))[: _NAMES_SHOWN + 1]
        charts = _charts(connection, kind, query, top) if rows else []
    page_of = paged(rows, query)
    return {
        "rows": page_of.rows,
        "page_of": page_of,
        "whole": whole,
        "charts": charts,
        "longest": max((row["totals"].micros for row in rows), default=1) or 1,
        "dearest": max((row["totals"].units for row in rows), default=1) or 1,
    }


def _charts(connection: sqlite3.Connection, kind: str, query: Query, top: list[str]) -> list[Chart]:
    """Return the charts of a kind: the first names one by one, the rest together where it adds."""
    window = query.window
    more = len(top) > _NAMES_SHOWN
    names = top[:_NAMES_SHOWN]
    drawn = _CHARTS[kind]
    wanted: Names | None = None if more and any(not lines for *_, lines in drawn) else set(names)
    starts = window.starts(query.now)
    found = sums_reading.along_names(
        connection, window.period, starts[0], window.step, kind=kind, names=wanted
    )
    slots: dict[tuple[int, str], Totals] = {}
    for (start, name), totals in found.items():
        shown = name if name in names else _OTHERS
        slots.setdefault((start, shown), Totals()).merge(totals)
    nothing = Totals()
    return [
        chart(
            f"{kind}-{title.lower()}",
            f"{title} by {kind}" if lines else f"{title} per {window.per} by {kind}",
            starts,
            {
                name: [value(slots.get((start, name), nothing)) for start in starts]
                for name in ([*names, _OTHERS] if more and not lines else names)
            },
            words,
            lines=lines,
            stacked=not lines,
        )
        for title, value, words, lines in drawn
    ]


def _page(path: str, title: str, kind: str, key: str) -> Page:
    return Page(
        path=path, title=title, template=kind, view=partial(view, kind), key=key, windowed=True
    )


PAGES = (
    _page("/models", "Models", "model", "m"),
    _page("/tools", "Tools", "tool", "k"),
    _page("/tenants", "Tenants", "tenant", "n"),
    _page("/latency", "Latency", "stage", "y"),
)
