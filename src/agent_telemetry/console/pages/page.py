"""What a page of the console is."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from agent_telemetry.console.console import Console
from agent_telemetry.console.query import Query

#: Reads what a page shows, in a thread; returns what its template is given.
View = Callable[[Console, Query], dict[str, Any]]


@dataclass(frozen=True, kw_only=True)
class Page:
    """One page.

    Attributes:
        path: below the console; with a parameter as FastAPI writes it.
        title: in the browser's tab and in the navigation.
        template: its file's name without ``.html``.
        view: reads what it shows.
        seconds: how often it is drawn anew while somebody looks.
        choices: reads what its filters offer, by name; None where it has no filters.
        key: the key that goes to it after ``g``.
        windowed: whether it shows a stretch of time that may be chosen.
        in_menu: whether the navigation shows it.
    """

    path: str
    title: str
    template: str
    view: View
    seconds: float = 5.0
    choices: Callable[[Console], dict[str, list[str]]] | None = None
    key: str = ""
    windowed: bool = False
    in_menu: bool = True
