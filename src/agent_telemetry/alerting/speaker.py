"""Which of several workers tells people: the one that holds a lock in their folder."""

import fcntl
import os
from contextlib import suppress
from pathlib import Path

from agent_telemetry.workers.fork_safety import call_in_child

_LOCK = "agent_telemetry.alerts"


class Speaker:
    """All workers see the same numbers, so one of them speaks for all.

    The lock ends with its process; then another worker takes over at its next evaluation.

    Args:
        folder: what the workers share; None: there is but one process, which speaks.
    """

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._descriptor = -1
        call_in_child(self._forked)

    def speaks(self) -> bool:
        """Return whether this process is the one; it tries to become it."""
        if self._folder is None or self._descriptor >= 0:
            return True
        flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC
        try:
            descriptor = os.open(self._folder / _LOCK, flags, 0o600)
        except OSError:
            return True  # rather told twice than not at all
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(descriptor)
            return False
        self._descriptor = descriptor
        return True

    def leave(self) -> None:
        """Let another one speak."""
        if self._descriptor >= 0:
            with suppress(OSError):
                os.close(self._descriptor)
            self._descriptor = -1

    def _forked(self) -> None:
        """Close the copy: the parent goes on to hold the lock by its own."""
        self.leave()
