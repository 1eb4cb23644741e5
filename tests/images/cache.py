"""Where built things are kept between runs: outside the repository, one place a user."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.images.progress import say


def cache_directory() -> Path:
    """The cache of this project's images, made when missing."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    directory = Path(base) / "agent-monitoring-stack" / "images"
    directory.mkdir(parents=True, exist_ok=True)
    return directory


def log_file(name: str) -> Path:
    """Where the output of the long step `name` goes."""
    return cache_directory() / "logs" / f"{name.replace('/', '-')}.log"


@contextlib.contextmanager
def only_one_at_a_time() -> Iterator[None]:
    """Hold the cache for this process; a second `make images` waits for the first.

    What an earlier one left unfinished is cleared away.
    """
    with (cache_directory() / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("another `make images` is at work here: waiting for it to end")
            fcntl.flock(lock, fcntl.LOCK_EX)
        shutil.rmtree(scratch_directory())
        yield


def scratch_directory() -> Path:
    """Where unfinished things are; on the same file system as what they become."""
    directory = cache_directory() / "work"
    directory.mkdir(exist_ok=True)
    return directory


@contextlib.contextmanager
def appears_whole(final: Path) -> Iterator[Path]:
    """Give a new empty directory that becomes `final` only if the block ends without an error."""
    final.parent.mkdir(parents=True, exist_ok=True)
    unfinished = Path(tempfile.mkdtemp(dir=scratch_directory()))
    try:
        yield unfinished
        unfinished.chmod(0o755)
        if final.exists():
            shutil.rmtree(final)
        unfinished.rename(final)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
