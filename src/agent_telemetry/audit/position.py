"""Where the chain of the audit trail stands: by its lock file, and by the end of a file."""

import contextlib
import os
from pathlib import Path

import orjson

from agent_telemetry.audit.chain import MOST_BYTES, BrokenLineError, Link, link, parse, read
from agent_telemetry.audit.files import HEAD, open_file

_TAIL = 8192
_HEAD_BYTES = 128


def read_head(folder: Path) -> Link:
    """Return where the chain stands by ``audit.head``; the origin when there is none."""
    try:
        return _parse_head((folder / HEAD).read_bytes())
    except OSError:
        return Link()


def head_of(head_file: int) -> Link:
    """Return the same by the open, locked ``audit.head``."""
    return _parse_head(os.pread(head_file, _HEAD_BYTES, 0))


def _parse_head(data: bytes) -> Link:
    try:
        head = orjson.loads(data)
        return Link(int(head["sequence"]), str(head["hash"]))
    except (ValueError, TypeError, KeyError):
        return Link()


def write_head(head_file: int, head: Link) -> None:
    """Note where the chain stands; without it the file's last record tells."""
    data = orjson.dumps({"sequence": head.sequence, "hash": head.hash})
    with contextlib.suppress(OSError):
        os.pwrite(head_file, data.ljust(_HEAD_BYTES - 1) + b"\n", 0)


def tail(active: int) -> tuple[Link, bytes]:
    """Return the last whole record of a file and the bytes after it that are none."""
    size = os.fstat(active).st_size
    span = _TAIL
    while size:
        start = max(0, size - span)
        data = os.pread(active, size - start, start)
        found = _last_record(data, from_start=start == 0)
        if found is not None:
            return found
        if start == 0 or span >= 4 * MOST_BYTES:
            return Link(), data
        span *= 8
    return Link(), b""


def _last_record(data: bytes, *, from_start: bool) -> tuple[Link, bytes] | None:
    end = len(data)
    while end > 0:
        begin = data.rfind(b"\n", 0, end - 1) + 1
        if begin == 0 and not from_start:
            return None
        try:
            record = read(data[begin:end])
        except BrokenLineError:
            end = begin
            continue
        return link(record), data[end:]
    return None


def first_of(active: int) -> int:
    """Return the number of a file's first record, 0 when its first line is none."""
    with contextlib.suppress(BrokenLineError):
        return link(parse(os.pread(active, MOST_BYTES, 0).partition(b"\n")[0])).sequence
    return 0


def last_of(path: Path) -> Link:
    """Return the last record of a full file.

    Raises:
        OSError: it cannot be read.
    """
    if path.suffix != ".gz":
        full = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            return tail(full)[0]
        finally:
            os.close(full)
    last = b""
    with open_file(path) as stream:
        for line in stream:
            last = line
    with contextlib.suppress(BrokenLineError):
        return link(parse(last))
    return Link()
