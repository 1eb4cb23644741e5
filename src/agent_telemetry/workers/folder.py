"""The folder that the workers of one service share: joining it, clearing up in it, leaving it."""

import fcntl
import logging
import os
import time
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Self

from agent_telemetry.exceptions import ConfigurationError
from agent_telemetry.workers import files as worker_files
from agent_telemetry.workers.folder_lock import locked
from agent_telemetry.workers.fork_safety import call_in_child
from agent_telemetry.workers.multiprocess_folder import VARIABLE
from agent_telemetry.workers.owner import (
    OWNER,
    Owner,
    is_at_work,
    lock_alone,
    read_owner,
    write_owner,
)
from agent_telemetry.workers.process_mark import opened_here
from agent_telemetry.workers.processes import WorkerProcesses

_LOCK = "agent_telemetry.lock"
#: Longest wait for the last workers of an instance whose first process was killed.
_ORPHAN_SECONDS = 5.0
_PAUSE_SECONDS = 0.05
_OWN_FOLDER = "a folder of its own for each service and each instance of it"

_log = logging.getLogger("agent_telemetry")
#: The folders in use by this process: two stacks would write the same numbers.
_in_use: "weakref.WeakValueDictionary[Path, WorkerFolder]" = weakref.WeakValueDictionary()


class WorkerFolder:
    """One service's folder; ``claim`` gives it.

    Attributes:
        path: the folder.
        key, first_pid: as of ``Owner``.
        processes: who is at work in it.
        on_damage: told of a file that could not be read.
    """

    def __init__(self, path: Path, owner: Owner, descriptor: int) -> None:
        self.path = path
        self.key = owner.key.encode()
        self.first_pid = owner.first_pid
        self.processes = WorkerProcesses(path)
        self.on_damage: Callable[[Path], None] = lambda path: _log.warning(
            "metrics of a dead process cannot be read: %s", path.name
        )
        self._descriptor = descriptor
        call_in_child(self._forked)

    @classmethod
    def claim(cls, path: Path, service: str) -> Self:
        """Join the instance that has the folder, or take it over from one that is dead.

        Args:
            path: the folder.
            service: the service's name.

        Raises:
            ConfigurationError: another service, or another instance of this one, is at work there,
                or this process has a stack there already.
        """
        path = path.resolve()  # the names of open files are
        if path in _in_use:
            raise ConfigurationError(
                VARIABLE, str(path), "one stack in a process; shut the other one down first"
            )
        deadline = time.monotonic() + _ORPHAN_SECONDS
        while True:
            try:
                with locked(path / _LOCK):
                    found = cls._try(path, service, last=time.monotonic() > deadline)
            except OSError as error:
                raise ConfigurationError(
                    VARIABLE, str(path), f"a folder that this user can write ({error})"
                ) from None
            if found is not None:
                _in_use[path] = found
                return found
            time.sleep(_PAUSE_SECONDS)

    @classmethod
    def _try(cls, path: Path, service: str, *, last: bool) -> Self | None:
        """Claim the folder, whose lock is held; None: try again, somebody is about to go."""
        flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC
        descriptor = os.open(path / OWNER, flags, 0o600)
        try:
            known, mine = read_owner(descriptor), Owner.here(service)
            joins = known is not None and known.service == service and known.is_of(mine)
            alone = lock_alone(descriptor)
            if not joins and not alone:
                _wait_or_raise(path, known, last=last)
                os.close(descriptor)
                return None
            if not joins:
                _clear(path, WorkerProcesses(path))
            owner = known.joined_by(mine) if known is not None and joins else mine
            write_owner(descriptor, owner)
            fcntl.flock(descriptor, fcntl.LOCK_SH)
        except BaseException:
            with suppress(OSError):
                os.close(descriptor)
            raise
        folder = cls(path, owner, descriptor)
        folder._enter()
        return folder

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the folder's lock.

        Raises:
            TimeoutError: another worker held it too long.
        """
        with locked(self.path / _LOCK):
            yield

    def sweep(self) -> None:
        """Clear up after dead workers; the folder's lock is held."""
        worker_files.sweep(
            self.path,
            lambda _path, pid: pid != os.getpid() and not self.processes.is_alive(pid),
            self.on_damage,
        )
        self.processes.forget_dead()

    def series(self) -> dict[str, set[tuple[tuple[str, str], ...]]]:
        """Return the labels of every series that any worker has, as ``worker_files.series``.

        It takes no lock, as it is asked while requests are served.
        """
        return worker_files.series(self.path)

    def release(self) -> None:
        """Leave the folder; what was counted stays."""
        _in_use.pop(self.path, None)
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def _enter(self) -> None:
        """Clear up after dead workers, an earlier process of this pid included; the lock is held.

        Metrics that the host made before the stack are in this process's files already.
        """
        opened, me = opened_here(), os.getpid()
        worker_files.sweep(
            self.path,
            lambda path, pid: path not in opened if pid == me else not self.processes.is_alive(pid),
            self.on_damage,
        )
        self.processes.forget_dead()
        self.processes.enter()

    def _forked(self) -> None:
        """Enter as a process of its own; the lock on the owner's file came along."""
        if self._descriptor < 0:
            return
        for leftover in self.path.glob(f"gauge_live*_{os.getpid()}.db"):
            leftover.unlink(missing_ok=True)
        self.processes.enter()
        _in_use.pop(self.path, None)  # a child may have a stack of its own


def _clear(path: Path, processes: WorkerProcesses) -> None:
    """Remove what a dead instance left, but no file of a process that lives."""
    worker_files.finish(path)
    opened, me = opened_here(), os.getpid()
    for file in (*path.glob("*.db"), *path.glob("*.damaged")):
        pid = worker_files.pid_of(file)
        kept = pid is not None and (file in opened if pid == me else processes.is_alive(pid))
        if not kept:
            file.unlink(missing_ok=True)
    for file in path.glob("agent_telemetry.*.windows"):
        file.unlink(missing_ok=True)
    for file in path.glob("*.ledger.sqlite3*"):
        file.unlink(missing_ok=True)
    processes.forget_dead()


def _wait_or_raise(path: Path, known: Owner | None, *, last: bool) -> None:
    """Return when those at work are about to go: their masters are dead."""
    if not last and (known is None or not is_at_work(known)):
        return
    by = f" (service {known.service}, process {known.first_pid})" if known is not None else ""
    raise ConfigurationError(
        VARIABLE, str(path), f"{_OWN_FOLDER}; another one is at work in this one{by}"
    )
