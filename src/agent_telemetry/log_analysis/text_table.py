"""Text for people and their terminals; nothing in a log line can steer them."""

import re
import shutil
from collections.abc import Iterable, Sequence
from io import StringIO
from typing import Any

import orjson

_MOST_CHARACTERS = 120
#: Columns where there is no terminal to ask.
_WIDTH = 200
#: What JSON leaves as it is, though terminals obey it: C1 controls, directions of writing.
_STEERING = re.compile("[\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")


def table(headings: Sequence[str], rows: Iterable[Sequence[object]]) -> list[str]:
    """Return the lines of a table; numbers stand to the right, what is unknown is ``-``.

    Args:
        headings: of the columns.
        rows: their values.

    Raises:
        ImportError: rich is not installed; the message says how to get it.
    """
    need_rich()
    from rich.console import Console  # noqa: PLC0415 -- an extra: only who analyses logs needs it
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    values = list(rows)
    shown = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for at, heading in enumerate(headings):
        number = bool(values) and all(isinstance(row[at], int | float | None) for row in values)
        shown.add_column(heading, justify="right" if number else "left", overflow="fold")
    for row in values:
        shown.add_row(*(Text("-" if each is None else plain(str(each))) for each in row))
    width = shutil.get_terminal_size((_WIDTH, 0)).columns
    written = StringIO()
    Console(file=written, width=width, color_system=None, force_terminal=False).print(shown)
    return [line.rstrip() for line in written.getvalue().splitlines()]


def need_rich() -> None:
    """Say so at once where rich is missing.

    Raises:
        ImportError: rich is not installed; the message says how to get it.
    """
    try:
        import rich  # noqa: F401, PLC0415
    except ImportError:
        raise ImportError(
            'tables need rich: pip install "agent-telemetry[analysis]", or ask with --json',
            name="rich",
        ) from None


def plain(text: str, most: int = _MOST_CHARACTERS) -> str:
    """Return a text on one line, of printable letters only, cut to a length."""
    cut = text if len(text) <= most else f"{text[:most]}…"
    return "".join([each if each.isprintable() else repr(each)[1:-1] for each in cut])


def json_line(value: Any) -> str:
    """Return a value as JSON on one line, whose letters no terminal takes for a command."""
    line = orjson.dumps(value).decode()
    return _STEERING.sub(lambda found: f"\\u{ord(found[0]):04x}", line)
