"""Log files where processes are forked off: each line once, in the file of the process it is of."""

import logging
import os
import stat
from collections.abc import Callable
from io import TextIOWrapper
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import TextIO

from agent_telemetry.logs.left_files import hold
from agent_telemetry.workers.fork_safety import call_in_child

#: Streams of the parent. To close one would write again what was in it when the process forked.
_of_parents: list[object] = []


class ProcessLogFile(RotatingFileHandler):
    """A rotating file that a forked child opens for itself, under the name that it is to have.

    Args:
        name_of: returns the path for a pid; one and the same for a file that processes share.
        most_bytes: size at which it is rotated.
        backups: rotated files kept.
        shared: whether other processes write and rotate the same file.
        opened: called with the path each time that the file is opened.
    """

    def __init__(
        self,
        name_of: Callable[[int], Path],
        *,
        most_bytes: int,
        backups: int,
        shared: bool = False,
        opened: Callable[[Path], None] = lambda path: None,  # noqa: ARG005
    ) -> None:
        self._name_of = name_of
        self._shared = shared
        self._opened = opened
        super().__init__(
            name_of(os.getpid()), maxBytes=most_bytes, backupCount=backups, encoding="utf-8"
        )
        call_in_child(self._forked)

    def emit(self, record: logging.LogRecord) -> None:
        """Write a record; the file is rotated before where there is no room for it."""
        try:
            line = self.format(record) + self.terminator
            size = len(line) if line.isascii() else len(line.encode())
            stream = self._with_room(size)
            stream.write(line)
            stream.flush()
            self._size += size
        except Exception:  # noqa: BLE001 -- a line that is lost is counted, not raised
            self.handleError(record)

    def _open(self) -> TextIOWrapper:
        stream = super()._open()
        if not self._shared:
            hold(stream)
            if self._was_moved(stream):  # removed as an ended process's, which had this pid
                stream.close()
                stream = super()._open()
                hold(stream)
        there = os.fstat(stream.fileno())
        self._size = there.st_size
        self._regular = stat.S_ISREG(there.st_mode)
        self._opened(Path(self.baseFilename))
        return stream

    def _with_room(self, size: int) -> TextIO:
        """Return the file; rotated if it would be full, opened anew if another process did that."""
        if self.stream is None:
            self.stream = self._open()
        elif self._shared:
            if self._was_moved(self.stream):
                self.stream.close()
                self.stream = self._open()
            self._size = os.fstat(self.stream.fileno()).st_size
        # Of a file that nobody else writes, the size is known without a look at it.
        if self._regular and 0 < self.maxBytes <= self._size + size:
            self.doRollover()
        return self.stream

    def _was_moved(self, stream: TextIO) -> bool:
        ours = os.fstat(stream.fileno())
        try:
            there = Path(self.baseFilename).stat()
        except FileNotFoundError:
            return True
        return (ours.st_ino, ours.st_dev) != (there.st_ino, there.st_dev)

    def _forked(self) -> None:
        """Leave the parent's file; the child's is opened at its first line."""
        stream = self.stream
        self.stream = None  # as with ``delay``: ``emit`` opens it
        self.baseFilename = os.path.abspath(self._name_of(os.getpid()))  # noqa: PTH100 -- as in the base
        if stream is not None:
            _of_parents.append(stream)
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, stream.fileno(), inheritable=False)
            os.close(nowhere)
