"""Appending to the audit trail's file, safely for several processes of one host."""

import contextlib
import errno
import fcntl
import hashlib
import os
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from agent_telemetry.audit.chain import REMOVED, TORN, Link, seal
from agent_telemetry.audit.files import ACTIVE, HEAD, first_sequence, rotated, rotated_name
from agent_telemetry.audit.position import first_of, head_of, last_of, tail, write_head

#: Makes a record of the trail about itself: event, message, fields.
Note = Callable[..., dict[str, Any]]

_LOCK_SECONDS = 1.0
_MODE = 0o640
_FULL_MODE = 0o440


class AuditLog:
    """Writes records to ``audit.jsonl`` under the lock of ``audit.head``.

    Everything is opened for one append and closed again: the file may be rotated by another
    process, and a forked child must not share a lock.

    Args:
        folder: where the files are; it exists.
        note: makes the records about a torn line and about removed files.
        most_bytes: size at which the file is rotated.
        kept: full files kept; 0 keeps all.
    """

    def __init__(self, folder: Path, note: Note, *, most_bytes: int, kept: int) -> None:
        self._folder = folder
        self._note = note
        self._most_bytes = most_bytes
        self._kept = kept

    def append(self, records: Sequence[dict[str, Any]]) -> list[bytes]:
        """Append records in one write; return the lines, those about the trail included.

        Raises:
            OSError: nothing was written.
        """
        with self._locked() as head_file:
            head = head_of(head_file)
            active = self._open()
            try:
                last, torn = tail(active)
                if last.sequence == 0 and not torn:
                    last = self._last_rotated()
                # The file may lack what the head knows of: the gap in the numbers must stay.
                before = head if head.sequence >= last.sequence else last
                if not torn and os.fstat(active).st_size >= self._most_bytes:
                    active = self._rotate(active, before)
                written, before = self._write(active, records, before, torn)
            finally:
                os.close(active)
            write_head(head_file, before)
        return written

    def _write(
        self, active: int, records: Sequence[dict[str, Any]], before: Link, torn: bytes
    ) -> tuple[list[bytes], Link]:
        old = self._beyond_kept()
        batch = [*([self._removed(old)] if old else []), *records]
        start = b""
        size = os.fstat(active).st_size
        if torn:
            start = b"" if torn.endswith(b"\n") else b"\n"
            batch.insert(0, self._torn(torn + start))
        elif size and os.pread(active, 1, size - 1) != b"\n":
            start = b"\n"
        parts = [start]
        for record in batch:
            line, before = seal(record, before)
            parts.append(line)
        data = b"".join(parts)
        done = os.write(active, data)
        if done < len(data):
            with contextlib.suppress(OSError):
                os.ftruncate(active, size)
            raise OSError(errno.ENOSPC, "the audit record was written in part")
        for path in old[:-1]:
            with contextlib.suppress(OSError):
                path.unlink()
        return parts[1:], before

    def _open(self) -> int:
        flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC
        return os.open(self._folder / ACTIVE, flags, _MODE)

    def _torn(self, torn: bytes) -> dict[str, Any]:
        return self._note(
            TORN,
            "The last line of the audit trail was not whole",
            torn_bytes=len(torn),
            torn_hash=hashlib.sha256(torn).hexdigest(),
        )

    def _rotate(self, active: int, last: Link) -> int:
        """Give the full file its own name and open a new one."""
        first = first_of(active) or last.sequence
        target = self._folder / rotated_name(first)
        if target.exists():
            return active
        (self._folder / ACTIVE).rename(target)
        fresh = self._open()
        os.close(active)
        with contextlib.suppress(OSError):
            target.chmod(_FULL_MODE)
        return fresh

    def _beyond_kept(self) -> list[Path]:
        """Return the oldest files, which are to be removed, and the first that stays."""
        if not self._kept:
            return []
        full = rotated(self._folder)
        return full[: 1 - self._kept or None] if len(full) > self._kept else []

    def _removed(self, old: list[Path]) -> dict[str, Any]:
        return self._note(
            REMOVED,
            "Old audit files are removed, as the settings ask for",
            files=[path.name for path in old[:-1]],
            removed_through=first_sequence(old[-1]) - 1,
        )

    def _last_rotated(self) -> Link:
        """Return the last record of the newest full file: the file in use is new or was lost."""
        for path in reversed(rotated(self._folder)):
            with contextlib.suppress(OSError):
                return last_of(path)
        return Link()

    @contextlib.contextmanager
    def _locked(self) -> Iterator[int]:
        flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC
        head_file = os.open(self._folder / HEAD, flags, _MODE)
        try:
            # Never waiting for good: a holder that was stopped must not stop this process too.
            deadline = time.monotonic() + _LOCK_SECONDS
            while True:
                try:
                    fcntl.flock(head_file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except BlockingIOError:
                    if time.monotonic() > deadline:
                        raise
                    time.sleep(0.0005)
            yield head_file
        finally:
            os.close(head_file)  # releases the lock
