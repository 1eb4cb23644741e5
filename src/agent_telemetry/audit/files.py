"""The names and order of the files of an audit trail.

``audit.jsonl`` is written to; at its full size it becomes ``audit-<first sequence>.jsonl``, which
may be compressed with gzip. ``audit.head`` holds where the chain stands and is the lock.
"""

import contextlib
import fcntl
import gzip
import io
import os
import re
import time
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from agent_telemetry.audit.chain import MOST_BYTES

ACTIVE = "audit.jsonl"
HEAD = "audit.head"
_LOCK_SECONDS = 1.0
_ROTATED = re.compile(r"audit-([0-9]{1,19})\.jsonl(\.gz)?")


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the trail.

    Attributes:
        text: the line with its end; the beginning of it when it is longer than any record.
        file: name of its file.
        number: its number in the file, from 1.
    """

    text: bytes
    file: str
    number: int


def rotated_name(sequence: int) -> str:
    """Return the name of a full file by the number of its first record."""
    return f"audit-{sequence:012d}.jsonl"


def first_sequence(path: Path) -> int:
    """Return the number of a full file's first record, from its name."""
    matched = _ROTATED.fullmatch(path.name)
    return int(matched[1]) if matched else 0


def rotated(folder: Path) -> list[Path]:
    """Return the full files, oldest first; of a file and its gzip copy the file alone."""
    found: dict[int, Path] = {}
    for path in sorted(folder.glob("audit-*.jsonl*"), reverse=True):
        sequence = first_sequence(path)
        if sequence:
            found[sequence] = path  # the plain file sorts before its copy
    return [found[sequence] for sequence in sorted(found)]


def open_file(path: Path) -> IO[bytes]:
    """Open a full file for reading, compressed or not.

    Raises:
        OSError: it cannot be read.
    """
    if path.suffix == ".gz":
        return io.BufferedReader(gzip.open(path, "rb"))
    return path.open("rb")


def lines(stream: IO[bytes], file: str, most: int | None = None) -> Iterator[Line]:
    """Return the lines of an open file, one at a time.

    Args:
        stream: the file, at its beginning.
        file: its name.
        most: bytes to read at most; what another process adds meanwhile is left.

    Raises:
        OSError: it cannot be read, or its compression is damaged.
    """
    number = 0
    left = most
    while left is None or left > 0:
        try:
            text = stream.readline(MOST_BYTES if left is None else min(MOST_BYTES, left))
        except (EOFError, zlib.error) as error:
            raise OSError(f"{file} is damaged: {error}") from None
        if not text:
            return
        number += 1
        if left is not None:
            left -= len(text)
        yield Line(text, file, number)


def trail(folder: Path) -> Iterator[Line]:
    """Return every line of a trail in order: the full files, then the one in use.

    The file in use is read as it was at the first line, also when it is renamed or goes on growing
    meanwhile.

    Raises:
        OSError: a file cannot be read.
    """
    with locked(folder):
        full = rotated(folder)
        try:
            active = (folder / ACTIVE).open("rb")
        except FileNotFoundError:
            active = None
        size = os.fstat(active.fileno()).st_size if active is not None else 0
    try:
        for path in full:
            with open_file(path) as stream:
                yield from lines(stream, path.name)
        if active is not None:
            yield from lines(active, ACTIVE, size)
    finally:
        if active is not None:
            active.close()


@contextlib.contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Keep writers away for a moment, waiting a second at most; a copy may have no lock file."""
    try:
        head = (folder / HEAD).open("rb")
    except FileNotFoundError:
        yield
        return
    with head:
        deadline = time.monotonic() + _LOCK_SECONDS
        while time.monotonic() < deadline:
            try:
                fcntl.flock(head, fcntl.LOCK_SH | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                time.sleep(0.0005)
        yield
