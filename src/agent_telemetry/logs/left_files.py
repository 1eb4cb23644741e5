"""Log files that processes have left behind: the newest are kept, the rest goes when it is old.

Workers that come and go leave ``app-<pid>.jsonl`` and what was rotated out of it.
"""

import os
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

try:
    import fcntl
except ImportError:  # pragma: no cover -- Windows
    fcntl = None  # type: ignore[assignment]

#: Files of ended processes that are kept however old they are.
MOST_FILES = 20
#: Seconds since the last line of a file, within which it is never removed: whoever ships the files
#: has so much time to read it.
UNREAD_SECONDS = 3600.0
_MOST_REMOVED = 1000
_NAME = re.compile(r"app-([0-9]{1,10})\.jsonl(?:\.[0-9]{1,4})?")


def hold(stream: IO[Any]) -> None:
    """Mark an open log file as that of a living process; for as long as it is open."""
    if fcntl is not None:
        try:
            fcntl.flock(stream.fileno(), fcntl.LOCK_SH)
        except OSError:
            return  # a file system without locks: nothing is removed there


def remove_left_files(
    folder: Path,
    *,
    most: int = MOST_FILES,
    unread_seconds: float = UNREAD_SECONDS,
    now: Callable[[], float] = time.time,
) -> int:
    """Remove the oldest files of processes that have ended; return how many.

    Args:
        folder: where they are.
        most: how many are kept.
        unread_seconds: age below which none is removed.
        now: seconds since 1970.
    """
    if fcntl is None:
        return 0
    left: list[tuple[float, Path, Path]] = []
    living: dict[Path, bool] = {}
    for path in folder.iterdir():
        found = _NAME.fullmatch(path.name)
        if found is None:
            continue
        base = folder / f"app-{found[1]}.jsonl"
        if base not in living:
            living[base] = _is_alive(base, int(found[1]))
        if not living[base]:
            left.append((path.lstat().st_mtime, path, base))
    oldest = sorted(left)[: max(0, len(left) - most)][:_MOST_REMOVED]
    return sum(
        _removed(path, base) for written, path, base in oldest if now() - written > unread_seconds
    )


def _is_alive(base: Path, pid: int) -> bool:
    """Whether somebody writes the file: here by the process, in another container by its lock."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return _while_held(base, lambda: None) is False
    except OSError:
        return True
    return True


def _removed(path: Path, base: Path) -> bool:
    return bool(_while_held(base, lambda: path.unlink(missing_ok=True)))


def _while_held(base: Path, action: Callable[[], None]) -> bool | None:
    """Do something that no writer may come in between; False when a writer has the file."""
    try:
        with base.open("rb") as stream:
            try:
                fcntl.flock(stream.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                return False
            action()
            return True
    except FileNotFoundError:  # only what was rotated out of it is there
        action()
        return True
