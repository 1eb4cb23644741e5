"""A lock on a folder that all processes of a service respect; it ends with its process."""

import contextlib
import fcntl
import time
from collections.abc import Iterator
from pathlib import Path

from agent_telemetry.workers.fork_safety import forkable_lock

_PAUSE_SECONDS = 0.002
#: A record lock belongs to the process, so that a forked child does not have it; among the threads
#: of one process this one decides.
_in_this_process = forkable_lock()


@contextlib.contextmanager
def locked(path: Path, seconds: float = 5.0) -> Iterator[None]:
    """Hold the lock.

    Args:
        path: the lock's file; it is made and stays.
        seconds: longest wait.

    Raises:
        TimeoutError: somebody else held it all that time.
        OSError: the file cannot be made.
    """
    deadline = time.monotonic() + seconds
    if not _in_this_process.acquire(timeout=seconds):
        raise TimeoutError(f"{path} is busy in this process")
    try:
        with path.open("ab") as file:
            while True:
                try:
                    fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except (BlockingIOError, PermissionError):
                    if time.monotonic() > deadline:
                        raise TimeoutError(f"{path} is busy") from None
                    time.sleep(_PAUSE_SECONDS)
            yield
    finally:
        _in_this_process.release()
