"""The file of the history: opened, or kept aside when it cannot be read."""

import json
import sqlite3
import sys
import time
from dataclasses import dataclass
from pathlib import Path

_NAME = "inbox.sqlite"
_FORM = 2
"""Counted up when the tables change; a file of another form is kept aside."""
_MOST_ASIDE = 3
_TABLES = """
CREATE TABLE IF NOT EXISTS alert (
    number INTEGER PRIMARY KEY,
    fingerprint TEXT NOT NULL,
    starts_at TEXT NOT NULL,
    alertname TEXT NOT NULL,
    severity TEXT NOT NULL,
    service TEXT NOT NULL,
    scope TEXT NOT NULL,
    state TEXT NOT NULL,
    ended_at TEXT,
    last_at TEXT NOT NULL,
    firing_first TEXT,
    firing_last TEXT,
    firing_count INTEGER NOT NULL DEFAULT 0,
    firing_body BLOB,
    resolved_first TEXT,
    resolved_last TEXT,
    resolved_count INTEGER NOT NULL DEFAULT 0,
    resolved_body BLOB,
    UNIQUE (fingerprint, starts_at)
);
CREATE INDEX IF NOT EXISTS alert_state ON alert (state, ended_at);
"""


@dataclass(frozen=True)
class HistoryFile:
    """An open history.

    Attributes:
        database: The connection; a lock around it is the caller's.
        kept_aside: Where the file of before is now, when it could not be read.
    """

    database: sqlite3.Connection
    kept_aside: Path | None = None


def open_history(directory: Path | None) -> HistoryFile:
    """Opens the history of a directory, or one in memory for None.

    A file that is damaged or of another form is renamed, said on standard error, and a new one
    is begun: an inbox that does not start would lose every alert from now on.

    Raises:
        OSError: The directory cannot be made, or the file not be renamed.
        sqlite3.Error: The file cannot be opened for another reason than its content.
    """
    if directory is None:
        return HistoryFile(_ready(":memory:"))
    directory.mkdir(parents=True, exist_ok=True)
    path = directory / _NAME
    try:
        return HistoryFile(_ready(str(path)))
    except sqlite3.OperationalError:
        raise  # no permission, no space, locked: nothing is wrong with the content
    except sqlite3.DatabaseError as error:
        aside = _keep_aside(path)
        said = {
            "event": "inbox_history_kept_aside",
            "reason": str(error),
            "kept_as": str(aside),
        }
        print(json.dumps(said), file=sys.stderr, flush=True)
        return HistoryFile(_ready(str(path)), aside)


def _ready(path: str) -> sqlite3.Connection:
    database = sqlite3.connect(path, check_same_thread=False)
    try:
        (form,) = database.execute("PRAGMA user_version").fetchone()
        (tables,) = database.execute("SELECT count(*) FROM sqlite_master").fetchone()
        if tables and form != _FORM:
            raise sqlite3.DatabaseError(f"the file has form {form}, this program reads {_FORM}")
        (verdict,) = database.execute("PRAGMA quick_check(1)").fetchone()
        if verdict != "ok":
            raise sqlite3.DatabaseError(str(verdict))
        # With a write-ahead log, what was acknowledged outlives a process that is killed.
        database.execute("PRAGMA journal_mode=WAL")
        database.executescript(f"PRAGMA user_version={_FORM};{_TABLES}")
    except sqlite3.Error:
        database.close()
        raise
    return database


def _keep_aside(path: Path) -> Path:
    """Renames the file and its write-ahead log; of those kept aside, the latest few stay."""
    aside = path.with_name(f"{_NAME}.unreadable-{time.time_ns()}")
    for ending in ("-wal", "-shm", ""):
        part = path.with_name(path.name + ending)
        if part.exists():
            part.rename(aside.with_name(aside.name + ending))
    earlier = sorted(path.parent.glob(f"{_NAME}.unreadable-*[0-9]"))
    for old in earlier[:-_MOST_ASIDE]:
        for ending in ("-wal", "-shm", ""):
            old.with_name(old.name + ending).unlink(missing_ok=True)
    return aside
