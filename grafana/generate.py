"""Write dashboards/*.json and docs/dashboards.md from the Python beside this file.

``python -m grafana.generate`` writes the committed files; with ``--check`` it only compares and
exits 1 on a difference.
"""

import argparse
import sys
from collections.abc import Mapping
from pathlib import Path

from grafana_foundation_sdk.cog.encoder import JSONEncoder

from grafana import document
from grafana.registry import all_boards

DASHBOARDS = Path(__file__).parent / "dashboards"


def files() -> dict[Path, str]:
    """Return every generated file, its path → its text."""
    boards = all_boards()
    encoder = JSONEncoder(sort_keys=True, indent=2)
    made = {
        DASHBOARDS / f"{uid}.json": encoder.encode(board.build()) + "\n"
        for uid, board in boards.items()
    }
    return made | {document.PAGE: document.text(boards)}


def drift(wanted: Mapping[Path, str]) -> list[Path]:
    """Return the files that are missing, differ or should not be there."""
    differing = {
        path
        for path, text in wanted.items()
        if not path.exists() or path.read_text("utf-8") != text
    }
    return sorted(differing | (set(DASHBOARDS.glob("*.json")) - wanted.keys()))


def main(arguments: list[str] | None = None) -> int:
    """Write or check the files; return the exit code."""
    parser = argparse.ArgumentParser(description="Write the Grafana dashboards and their page.")
    parser.add_argument("--check", action="store_true", help="only compare; exit 1 on a difference")
    given = parser.parse_args(arguments)
    wanted = files()
    differing = drift(wanted)
    if given.check:
        for path in differing:
            print(f"{path}: run python -m grafana.generate", file=sys.stderr)
        return 1 if differing else 0
    DASHBOARDS.mkdir(exist_ok=True)
    for path in differing:
        if path in wanted:
            path.write_text(wanted[path], "utf-8")
        else:
            path.unlink()
    return 0


if __name__ == "__main__":
    sys.exit(main())
