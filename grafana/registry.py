"""All dashboards: every module or package in boards/ is one. A new one goes there."""

import importlib
import pkgutil

from grafana import boards
from grafana.board import Board
from grafana.panel_ids import PANEL_IDS


def all_boards() -> dict[str, Board]:
    """Return every dashboard by its uid; what is in boards/ has it as ``board()``.

    Raises:
        ValueError: if two have one title, or one has no ids of panels.
    """
    found: dict[str, Board] = {}
    for module in sorted(one.name for one in pkgutil.iter_modules(boards.__path__)):
        board = importlib.import_module(f"{boards.__name__}.{module}").board()
        if board.uid in found:
            raise ValueError(f"{module}: there is a dashboard {board.title} already")
        if board.uid not in PANEL_IDS:
            raise ValueError(f"{module}: {board.uid} has no panel_ids/{board.uid}.toml")
        found[board.uid] = board
    return found
