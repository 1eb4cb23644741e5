"""The JSON log lines of a lite version."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any


def raw_lines(folder: Path, files: str = "app-*.jsonl*") -> Iterator[bytes]:
    """Yield every line of log files, without its end.

    Args:
        folder: where the log files are.
        files: which of them, as a pattern; those of operations and errors that are shipped.
    """
    for file in sorted(folder.glob(files)):
        content = file.read_bytes()
        assert content.endswith(b"\n") or not content, f"{file.name} ends in the middle of a line"
        # By line feeds alone: what else Unicode calls a line end may stand inside a text.
        yield from content.split(b"\n")[:-1]


def records(folder: Path) -> list[dict[str, Any]]:
    """Return every record; a line that is no JSON object fails the test."""
    found = []
    for line in raw_lines(folder):
        record = json.loads(line)
        assert isinstance(record, dict), line
        found.append(record)
    return found
