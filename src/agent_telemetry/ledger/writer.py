"""The one thread that touches the ledger's database; it starts when it is needed."""

import logging
import os
import sqlite3
import threading
import weakref
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import Protocol, TypeVar

from agent_telemetry.guard import Guard
from agent_telemetry.ledger.store import Job, LedgerStore, may_pass

T = TypeVar("T")
_Asked = tuple[Callable[[LedgerStore], None], threading.Event]

_log = logging.getLogger("agent_telemetry")

_MOST_JOBS = 100
_FORK_SECONDS = 1.0
_writers: "weakref.WeakSet[LedgerWriter]" = weakref.WeakSet()


class OpenStore(Protocol):
    """Opens the store."""

    def __call__(self, *, on_file: bool) -> LedgerStore:
        """Open the file, or a store in memory."""


class LedgerWriter:
    """Runs what has to do with the database in one daemon thread, a batch at a time.

    A file that cannot be used is given up for a database in memory, with one warning. A process
    forked off has neither the thread nor the connection: it opens its own when it needs one.

    Args:
        open_store: opens the store, on file or in memory.
        write: writes what is pending; called before every job, raises when it could not. What it
            returns is called afterwards, when the database is free again.
        gave_up: called with the new store after a file was given up.
        forked: called in a forked process: what was pending belongs to its parent.
        guard: takes the faults.
        interval: seconds in which a batch is gathered.
        on_file: whether there is a file at all.
    """

    def __init__(
        self,
        *,
        open_store: OpenStore,
        write: Job[list[Callable[[], None]]],
        gave_up: Job[None],
        forked: Callable[[], None],
        guard: Guard,
        interval: float,
        on_file: bool,
    ) -> None:
        self._open_store = open_store
        self._write = write
        self._gave_up = gave_up
        self._forked = forked
        self._guard = guard
        self._interval = interval
        self._on_file = on_file
        self._failures = 0
        self._store: LedgerStore | None = None
        self._dirty = False
        self._closing = False
        self._held = False
        self._start_anew()
        _writers.add(self)

    @property
    def durable(self) -> bool:
        """Whether a file is written, or is going to be."""
        return self._on_file

    def nudge(self) -> None:
        """Say that something is pending; it is written within the interval."""
        if self._dirty:
            return
        with self._wake:
            self._dirty = True
            self._start()
            self._wake.notify()

    def ask(self, job: Job[T], seconds: float) -> T | None:
        """Have something done after what is pending was written.

        Args:
            job: gets the store.
            seconds: how long to wait for the answer; 0 does not wait.

        Returns:
            The answer; None when it took longer or failed.
        """
        if threading.current_thread() is self._thread:
            return None  # asked by something that the thread itself called: it would wait for ever
        answer: list[T] = []
        done = threading.Event()
        with self._wake:
            if self._closing or len(self._jobs) >= _MOST_JOBS:
                return None
            self._jobs.append((lambda store: answer.append(job(store)), done))
            self._start()
            self._wake.notify()
        if seconds > 0:
            done.wait(seconds)
        return answer[0] if answer else None

    def close(self, seconds: float) -> None:
        """Write what is pending and end, within some seconds."""
        with self._wake:
            self._closing = True
            if self._dirty:
                self._start()
            self._wake.notify()
            thread = self._thread
        if thread is not None and thread.is_alive():
            thread.join(seconds)

    def _start_anew(self) -> None:
        self._wake = threading.Condition()
        self._database = threading.Lock()
        self._jobs: deque[_Asked] = deque()
        self._thread: threading.Thread | None = None
        self._afterwards: list[Callable[[], None]] = []
        self._dirty = False
        self._closing = False
        self._held = False

    def _start(self) -> None:
        if self._thread is not None and self._thread.is_alive():
            return
        thread = threading.Thread(target=self._run, name="agent_telemetry-ledger", daemon=True)
        with suppress(RuntimeError):  # the interpreter is going down
            thread.start()
            self._thread = thread

    def _run(self) -> None:
        closing = False
        while not closing:
            with self._wake:
                self._wake.wait_for(lambda: self._dirty or self._jobs or self._closing)
                self._wake.wait_for(lambda: self._jobs or self._closing, self._interval)
                jobs, self._jobs = list(self._jobs), deque()
                self._dirty, closing = False, self._closing
            with self._database:
                self._turn(jobs)
                if closing and self._store is not None:
                    self._store.close()
                    self._store = None
            try:
                self._do_afterwards()
            finally:
                for _, done in jobs:
                    done.set()

    def _turn(self, jobs: "list[_Asked]") -> None:
        self._do(self._write_pending)
        for job, _ in jobs:
            self._do(job)

    def _do_afterwards(self) -> None:
        afterwards, self._afterwards = self._afterwards, []
        for each in afterwards:
            try:
                each()
            except Exception as error:  # noqa: BLE001 -- telemetry never ends its own thread
                self._guard.fault("ledger.afterwards", error)

    def _do(self, job: Job[None]) -> None:
        """Do something with the store; once more when that has just been replaced."""
        for _ in range(2):
            try:
                if self._store is None:
                    self._store = self._open_store(on_file=self._on_file)
                job(self._store)
            except (sqlite3.Error, OSError) as error:
                if not self._gives_up(error):
                    break
            except Exception as error:  # noqa: BLE001 -- telemetry never ends its own thread
                self._guard.fault("ledger", error)
                break
            else:
                break

    def _write_pending(self, store: LedgerStore) -> None:
        self._afterwards += self._write(store)
        self._failures = 0

    def _gives_up(self, error: Exception) -> bool:
        """Try again later, or go on in memory at once when that is of no use."""
        self._dirty = True
        self._failures += 1
        if not self._on_file or may_pass(error, self._failures):
            return False
        self._on_file = False
        store, self._store = self._store, None
        if store is not None:
            with suppress(sqlite3.Error):
                store.close()
        self._store = self._open_store(on_file=False)
        self._gave_up(self._store)
        _log.warning(
            "the ledger's file cannot be used (%s); costs, users and budgets are kept in memory, "
            "by each process for itself, until a restart with a usable file",
            error,
            extra={"event": "ledger_in_memory", "error_type": type(error).__name__},
        )
        return True

    def before_fork(self) -> None:
        """Have no file open while the process forks: SQLite's locks do not survive that."""
        self._held = self._database.acquire(timeout=_FORK_SECONDS)
        if self._held and self._on_file and self._store is not None:
            with suppress(sqlite3.Error):
                self._store.close()
            self._store = None

    def after_fork_in_parent(self) -> None:
        """Go on."""
        if self._held:
            self._held = False
            self._database.release()

    def after_fork_in_child(self) -> None:
        """Begin with nothing."""
        if not self._held and self._store is not None:
            # The connection is the parent's, and SQLite's own state with it: touch neither.
            self._on_file = False
            _not_ours.append(self._store)
        self._store = None
        self._start_anew()
        self._forked()


#: Connections of the parent that could not be closed before a fork; closing them here is as bad
#: as using them.
_not_ours: list[LedgerStore] = []


def _each(what: Callable[[LedgerWriter], None]) -> None:
    for writer in list(_writers):
        what(writer)


if hasattr(os, "register_at_fork"):
    os.register_at_fork(
        before=lambda: _each(LedgerWriter.before_fork),
        after_in_parent=lambda: _each(LedgerWriter.after_fork_in_parent),
        after_in_child=lambda: _each(LedgerWriter.after_fork_in_child),
    )
