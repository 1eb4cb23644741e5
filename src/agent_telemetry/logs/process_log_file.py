"""Log files where processes are forked off: each line once, in the file of the process it is of."""

import logging
import os
import stat
from collections.abc import Callable
from io import TextIOWrapper
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import TextIO

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

    def _open(self) -> TextIOWrapper:
        stream = super()._open()
        self._opened(Path(self.baseFilename))
        return stream

    def shouldRollover(self, record: logging.LogRecord) -> bool:  # noqa: N802 -- as in the base
        """Return whether the file is full; one that another process has rotated is opened anew."""
        if self._shared and self.stream is not None and self._was_moved(self.stream):
            self.stream.close()
            self.stream = self._open()
        if self.stream is None:
            self.stream = self._open()
        # One look at the open file, where the base looks three times by its name: every line is
        # flushed, so the file is as large as what was written.
        there = os.fstat(self.stream.fileno())
        if self.maxBytes <= 0 or not stat.S_ISREG(there.st_mode):
            return False
        return there.st_size + len(self.format(record)) + 1 >= self.maxBytes

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
