"""The agent graph: who calls which model and tool, how often, how long, with which errors."""

import math
from dataclasses import dataclass
from typing import Any

from agent_telemetry.console.console import Console
from agent_telemetry.console.pages.page import Page
from agent_telemetry.console.query import Query
from agent_telemetry.console.store import sums_reading
from agent_telemetry.console.store.totals import Totals

_COLUMNS = (4, 468, 932)
_WIDTH, _BOX_WIDTH, _BOX_HEIGHT, _GAP = 1176, 240, 46, 14
_MOST_EDGES = 60
_MOST_STROKE = 7.0


@dataclass
class Node:
    """A box: the service, an agent, a model or a tool.

    Attributes:
        key: kind and name.
        kind: ``service``, ``agent``, ``model``, ``tool``, …
        name: what is written in it.
        x: its left edge.
        y: its upper edge.
        totals: of the calls that lead to it.
    """

    key: str
    kind: str
    name: str
    x: int
    y: int
    totals: Totals


def view(console: Console, query: Query) -> dict[str, Any]:
    """Return boxes and edges, and the same as a table."""
    window = query.window
    with console.store.database.read() as connection:
        found = sums_reading.by_name(connection, *window.summed(query.now), ("call",))
    edges = [(parent, name, totals) for (_, name, parent), totals in found.items()][:_MOST_EDGES]
    nodes = _nodes(console.service, edges)
    drawn = [_edge(nodes, parent, name, totals, edges) for parent, name, totals in edges]
    rows = max((node.y for node in nodes.values()), default=0)
    return {
        "nodes": list(nodes.values()),
        "edges": drawn,
        "width": _WIDTH,
        "height": rows + _BOX_HEIGHT + 12,
        "box": (_BOX_WIDTH, _BOX_HEIGHT),
        "left_out": len(found) - len(edges),
    }


def _nodes(service: str, edges: list[tuple[str, str, Totals]]) -> dict[str, Node]:
    """Return the boxes: the service on the left, agents in the middle, what they call right."""
    columns: dict[int, dict[str, Totals]] = {0: {}, 1: {}, 2: {}}
    if edges:
        columns[0][""] = Totals()
    for parent, name, totals in edges:
        columns[1 if name.startswith("agent ") else 2].setdefault(name, Totals()).merge(totals)
        if parent:
            columns[1].setdefault(f"agent {parent}", Totals())
    tallest = max(map(len, columns.values())) * (_BOX_HEIGHT + _GAP)
    nodes = {}
    for column, names in columns.items():
        top = (tallest - len(names) * (_BOX_HEIGHT + _GAP)) // 2 + 8
        for index, (key, totals) in enumerate(sorted(names.items())):
            kind, _, name = key.partition(" ")
            y = top + index * (_BOX_HEIGHT + _GAP)
            nodes[key] = Node(key, kind or "service", name or service, _COLUMNS[column], y, totals)
    return nodes


def _edge(
    nodes: dict[str, Node],
    parent: str,
    name: str,
    totals: Totals,
    edges: list[tuple[str, str, Totals]],
) -> dict[str, Any]:
    start, end = nodes[f"agent {parent}" if parent else ""], nodes[name]
    x1, y1 = start.x + _BOX_WIDTH, start.y + _BOX_HEIGHT / 2
    x2, y2 = end.x, end.y + _BOX_HEIGHT / 2
    bend = max(40.0, (x2 - x1) / 2)
    most = max(each.calls for _, _, each in edges)
    return {
        "source": start,
        "target": end,
        "totals": totals,
        "path": f"M{x1} {y1:g} C{x1 + bend:g} {y1:g} {x2 - bend:g} {y2:g} {x2} {y2:g}",
        "stroke": round(1.5 + _MOST_STROKE * math.log1p(totals.calls) / math.log1p(most) / 2, 2),
        "failing": totals.failed > 0,
    }


PAGE = Page(path="/graph", title="Graph", key="r", template="graph", view=view, windowed=True)
