"""A long list that is already in memory, a page at a time."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from agent_telemetry.console.query import Query

ROWS = 50


@dataclass(frozen=True)
class Paged:
    """One page of a list.

    Attributes:
        rows: what is on it.
        found: how many rows the list has.
        earlier: number of the page before it, 0 when it is the first.
        later: number of the page after it, 0 when it is the last.
    """

    rows: list[Any]
    found: int
    earlier: int
    later: int


def paged(rows: Sequence[Any], query: Query, size: int = ROWS) -> Paged:
    """Return the page that the address asks for by ``page``, the last one at most.

    Args:
        rows: the whole list.
        query: the address.
        size: most rows of a page.
    """
    pages = max(1, -(-len(rows) // size))
    number = min(pages, max(1, int(min(query.number("page") or 1, pages))))
    return Paged(
        rows=list(rows[(number - 1) * size : number * size]),
        found=len(rows),
        earlier=number - 1,
        later=number + 1 if number < pages else 0,
    )
