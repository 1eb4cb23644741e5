"""The console's SQLite file: opened, set aside when it is broken, left alone by a fork."""

import logging
import os
import sqlite3
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from urllib.parse import quote

from agent_telemetry.console.store import schema

_log = logging.getLogger("agent_telemetry")
_BUSY_SECONDS = 2.0
_FORK_SECONDS = 1.0
_BROKEN = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
_databases: "weakref.WeakSet[Database]" = weakref.WeakSet()
#: Connections of the parent that could not be closed before a fork; to close them is to use them.
_not_ours: list[sqlite3.Connection] = []


class LaterVersionError(sqlite3.DatabaseError):
    """The file was written by a later version of the library."""


class Database:
    """One connection that writes, and one for each read; several processes may share the file.

    Args:
        path: the file, or None: in memory, for this process alone.
    """

    def __init__(self, path: Path | None) -> None:
        self.path = path
        self._writing = threading.Lock()
        self._reading = threading.Lock()
        self._held: list[threading.Lock] = []
        self._connection: sqlite3.Connection | None = None
        _databases.add(self)

    @contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        """Write all or nothing.

        Raises:
            sqlite3.Error: it could not be written.
            OSError: the folder cannot be made.
        """
        with self._writing:
            connection = self._connected()
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise

    @contextmanager
    def read(self) -> Iterator[sqlite3.Connection]:
        """Read all of one moment, while others may write.

        Raises:
            sqlite3.Error: it could not be read.
        """
        if self._connection is None:
            with self._writing:
                self._connected()
        with self._reading, closing(self._another()) as connection:
            connection.execute("PRAGMA query_only = ON")
            connection.execute("BEGIN")
            yield connection

    def size(self, connection: sqlite3.Connection) -> int:
        """Return the bytes in use, without those that deleted rows left free."""
        pages, free, each = (
            int(connection.execute(f"PRAGMA {name}").fetchone()[0])
            for name in ("page_count", "freelist_count", "page_size")
        )
        return (pages - free) * each

    def recover(self, error: Exception) -> bool:
        """Begin a new file when the old one is of no use; False when it may be used again.

        Args:
            error: what the database said.
        """
        code = (getattr(error, "sqlite_errorcode", None) or 0) & 0xFF
        if self.path is None or not (code in _BROKEN or isinstance(error, LaterVersionError)):
            return False
        with self._writing:
            self._close()
            aside = self.path.with_name(f"{self.path.name}.broken-{time.time_ns()}")
            for ending in ("", "-wal", "-shm"):
                with suppress(OSError):
                    old = self.path.with_name(self.path.name + ending)
                    old.replace(aside.with_name(aside.name + ending))
        _log.warning(
            "the console's file could not be used (%s); it is kept as %s and a new one begun",
            error,
            aside.name,
            extra={"event": "console_file_replaced", "error_type": type(error).__name__},
        )
        return True

    def close(self) -> None:
        """Close the file; it is opened again when it is needed."""
        with self._writing:
            self._close()

    def _close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(sqlite3.Error):
                connection.close()

    def _connected(self) -> sqlite3.Connection:
        if self._connection is None:
            if self.path is not None:
                self.path.parent.mkdir(parents=True, exist_ok=True)
                # It tells what people asked and what was spent: nobody else's business.
                os.close(os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600))
            connection = self._another()
            try:
                _prepare(connection)
            except BaseException:
                connection.close()
                raise
            self._connection = connection
        return self._connection

    def _another(self) -> sqlite3.Connection:
        if self.path is not None:
            where = f"file:{quote(str(self.path))}?mode=rw"
        else:
            # One memory for all connections of this process, as long as one of them is open.
            where = f"file:console-{os.getpid()}-{id(self)}?mode=memory&cache=shared"
        connection = sqlite3.connect(
            where, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False, uri=True
        )
        if self.path is None:
            # Connections to one memory lock whole tables; a page may show half of a batch.
            connection.execute("PRAGMA read_uncommitted = ON")
        return connection

    def before_fork(self) -> None:
        """Have no file open while the process forks: SQLite's locks do not survive that."""
        for lock in (self._writing, self._reading):
            if lock.acquire(timeout=_FORK_SECONDS):
                self._held.append(lock)
        if self._writing in self._held and self.path is not None:
            self._close()

    def after_fork_in_parent(self) -> None:
        """Go on."""
        held, self._held = self._held, []
        for lock in held:
            lock.release()

    def after_fork_in_child(self) -> None:
        """Begin with a connection of its own."""
        if self._connection is not None:
            _not_ours.append(self._connection)
        self._connection = None
        self._writing, self._reading, self._held = threading.Lock(), threading.Lock(), []


def _prepare(connection: sqlite3.Connection) -> None:
    for pragma in ("journal_mode = WAL", "synchronous = NORMAL", "temp_store = MEMORY"):
        connection.execute(f"PRAGMA {pragma}")
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version > schema.VERSION:
        raise LaterVersionError(f"the file is of version {version}, known is {schema.VERSION}")
    connection.execute("BEGIN IMMEDIATE")
    for statement in schema.TABLES.split(";"):
        connection.execute(statement)
    connection.execute(f"PRAGMA user_version = {schema.VERSION}")
    connection.execute("COMMIT")


def _each(what: Callable[[Database], None]) -> None:
    for database in list(_databases):
        what(database)


if hasattr(os, "register_at_fork"):
    os.register_at_fork(
        before=lambda: _each(Database.before_fork),
        after_in_parent=lambda: _each(Database.after_fork_in_parent),
        after_in_child=lambda: _each(Database.after_fork_in_child),
    )
