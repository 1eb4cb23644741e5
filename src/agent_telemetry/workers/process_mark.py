"""Telling processes apart: by more than a pid, which is given again to later processes."""

import os
import sys
from pathlib import Path

import psutil

_STATE, _START = 0, 19
_DEAD_STATES = (b"Z", b"X")


def mark_of(pid: int) -> str | None:
    """Return what tells a living process from others of the same pid; None when it is dead.

    On Linux it is the start in clock ticks since the machine started (``proc(5)``, ``starttime``):
    the time of day may be set, and would change it. A zombie is dead.
    """
    if sys.platform != "linux":
        return _mark_by_psutil(pid)
    try:
        text = Path(f"/proc/{pid}/stat").read_bytes()
    except OSError:
        return None
    # The name, in brackets, may hold anything.
    fields = text.rpartition(b")")[2].split()
    return None if fields[_STATE] in _DEAD_STATES else fields[_START].decode()


def _mark_by_psutil(pid: int) -> str | None:
    try:
        process = psutil.Process(pid)
        if process.status() == psutil.STATUS_ZOMBIE:
            return None
        return str(process.create_time())
    except psutil.NoSuchProcess:
        return None
    except psutil.Error:
        return "unknown"


def namespace() -> str:
    """Return which processes this one sees: two containers have the same pids."""
    try:
        return str(Path("/proc/self/ns/pid").readlink())
    except OSError:
        return ""


def line_of_service() -> list[int]:
    """Return the pids from this process up to the one that its service began with.

    That is the master of gunicorn or uvicorn, the process that made a pool, or the process itself:
    the way up goes on while the process above is the same program, as after a fork, or made the one
    below by ``multiprocessing``.
    """
    found = [os.getpid()]
    try:
        process = psutil.Process()
        while (above := process.parent()) is not None and _works_for(process, above):
            process = above
            found.append(process.pid)
    except psutil.Error:
        pass
    return found


def _works_for(process: psutil.Process, above: psutil.Process) -> bool:
    try:
        own, other = process.cmdline(), above.cmdline()
    except psutil.Error:
        return False
    if not own or not other:
        return False
    by_multiprocessing = any(part.startswith("from multiprocessing.") for part in own)
    # With setproctitle gunicorn's processes call themselves "gunicorn: master […]" and so on.
    by_gunicorn = own[0].startswith("gunicorn: ") and other[0].startswith("gunicorn: ")
    return own == other or by_multiprocessing or by_gunicorn


def opened_here() -> set[Path]:
    """Return the files that this process has open."""
    try:
        return {Path(each.path) for each in psutil.Process().open_files()}
    except psutil.Error:
        return set()
