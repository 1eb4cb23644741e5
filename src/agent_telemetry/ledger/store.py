"""The ledger's SQLite file: its tables, and what is written to and read from it."""

import hashlib
import os
import re
import secrets
import socket
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from agent_telemetry.ledger import statements
from agent_telemetry.ledger.pending import MOST_UNITS, Dimension, Key, Pending
from agent_telemetry.ledger.window import DAY_SECONDS, WINDOWS, Window, start_of
from agent_telemetry.metrics.label_bounds import OTHER

T = TypeVar("T")

TOP_USERS = 50
#: Most distinct users, and most distinct values of any other dimension, in one window.
MOST_USER_ROWS = 100_000
MOST_ROWS = 5_000
#: Most users remembered for the number of monthly users.
MOST_USERS = 1_000_000
_MONTH_DAYS = 30
#: Days for which each window is kept. Users go sooner than the rest.
KEPT_DAYS = {"hour": 45, "day": 400, "month": 400}
KEPT_DAYS_OF_USERS = {"hour": 2, "day": 31, "month": 31}
#: How long a process that writes nothing more counts as there.
_HERE_SECONDS = 60
_VERSION = 1
_MOST_IO_ERRORS = 5
#: What may pass. Anything else will not get better by trying again, and a disk that fails only
#: says so in passing when it is full.
_PASSING = {
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_INTERRUPT,
}


@dataclass(frozen=True, slots=True)
class Today:
    """What a ledger knows of one day.

    Attributes:
        day: the day's first second since 1970 (UTC).
        units: everything spent, in units of 1e-12 USD.
        dearest: the users (hashed) who spent most, and how much; at most ``TOP_USERS``.
        daily_users: distinct users of the day.
        monthly_users: distinct users of the 30 days that end with it.
    """

    day: int
    units: int
    dearest: dict[str, int]
    daily_users: int
    monthly_users: int


class LedgerStore:
    """One connection; used by one thread at a time.

    Sums have 64 bits: one of them ends at 9.2 million USD and stays there.

    Args:
        path: the file, or None: in memory.
        busy_seconds: longest wait for another process that writes.
        user_key: hashes users in a new file; random by default.

    Raises:
        sqlite3.Error: the file cannot be opened, is damaged, or is of a later version.
        OSError: the folder cannot be made.
    """

    def __init__(
        self, path: Path | None, *, busy_seconds: float = 0.25, user_key: bytes | None = None
    ) -> None:
        self.path = path
        self.user_key = user_key if user_key is not None else secrets.token_bytes(32)
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
            # It tells who spent what: nobody else's business.
            os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        self._db = sqlite3.connect(
            path if path is not None else ":memory:",
            timeout=busy_seconds,
            isolation_level=None,
            check_same_thread=False,
        )
        self._rows: dict[tuple[str, int, str], int] = {}
        self._pruned = 0
        try:
            self._prepare()
        except BaseException:
            self._db.close()
            raise

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def hashed(self, user_id: str) -> str:
        """Return the 16 hexadecimal digits that stand for a user; their key is in the file."""
        return hashlib.blake2b(
            user_id.encode("utf-8", "replace"), digest_size=8, key=self.user_key
        ).hexdigest()

    @contextmanager
    def transaction(self, *, write: bool = True) -> Iterator[None]:
        """Write all or nothing with no other writer in between; or read all of one moment."""
        self._db.execute("BEGIN IMMEDIATE" if write else "BEGIN")
        try:
            yield
            self._db.execute("COMMIT")
        except BaseException:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
            raise

    def add(self, pending: Pending) -> int:
        """Add sums and users to those of the file; return how many keys found no room."""
        sums: dict[tuple[Window, int, Dimension], dict[str, int]] = {}
        for hour, keys in pending.hours.items():
            for (dimension, key), units in keys.items():
                stored = self.stored(dimension, key)
                for window in WINDOWS:
                    group = sums.setdefault((window, start_of(window, hour), dimension), {})
                    group[stored] = min(group.get(stored, 0) + units, MOST_UNITS)
        lost = sum([self._add_group(*group, rows) for group, rows in sums.items()])
        if pending.users:
            lost += self._add_users(pending.users)
        return lost

    def units(self, window: Window, start: int, key: Key) -> int:
        """Return what a key spent in a window, in units of 1e-12 USD."""
        found = self._db.execute(
            statements.UNITS, (window, start, key[0], self.stored(*key))
        ).fetchone()
        return int(found[0]) if found is not None else 0

    def spent(self, window: Window, start: int, dimension: Dimension) -> dict[str, int]:
        """Return what every key of a dimension spent in a window; users are hashed."""
        return dict(self._db.execute(statements.ALL_OF, (window, start, dimension)))

    def today(self, day: int) -> Today:
        """Return what is known of a day, all of the same moment."""
        monthly = "SELECT COUNT(*) FROM users WHERE day > ? AND day <= ?"
        return Today(
            day=day,
            units=self.units("day", day, ("all", "")),
            dearest=dict(self._db.execute(statements.DEAREST, (day, TOP_USERS))),
            daily_users=self._number("SELECT COUNT(*) FROM users WHERE day = ?", (day,)),
            monthly_users=self._number(monthly, (day - _MONTH_DAYS * DAY_SECONDS, day)),
        )

    def dearest(self, window: Window, start: int, dimension: Dimension) -> int:
        """Return what the key of a dimension that spent most has spent in a window, in units."""
        return self._number(statements.MOST, (window, start, dimension))

    def take_over(
        self, window: Window, start: int, dimension: Dimension, sums: Mapping[str, int]
    ) -> None:
        """Make the sums of some keys as large as they are known to be; users come hashed."""
        rows = [(window, start, dimension, key, units) for key, units in sums.items()]
        self._db.executemany(statements.AT_LEAST, rows)

    def first_warning(self, budget: str, start: int, key: Key, percent: int) -> bool:
        """Mark a warning as given; True when nobody has given it in this window before."""
        row = (budget, start, self.stored(*key), percent)
        return (
            self._db.execute("INSERT OR IGNORE INTO warned VALUES (?, ?, ?, ?)", row).rowcount > 0
        )

    def workers(self, now: float) -> int:
        """Note that this process is there; return how many were within a minute."""
        self._db.execute(statements.HERE, (f"{socket.gethostname()}:{os.getpid()}", int(now)))
        return self._number(statements.WORKERS, (int(now) - _HERE_SECONDS,))

    def prune(self, now: float) -> None:
        """Forget what is too old, once a day."""
        today = start_of("day", now)
        if self._pruned == today:
            return
        for window in WINDOWS:
            for kept, only in (
                (KEPT_DAYS[window], ""),
                (KEPT_DAYS_OF_USERS[window], " AND dimension = 'user'"),
            ):
                self._db.execute(
                    f"DELETE FROM spend WHERE period = ? AND start < ?{only}",  # noqa: S608
                    (window, today - kept * DAY_SECONDS),
                )
        oldest = today - KEPT_DAYS_OF_USERS["month"] * DAY_SECONDS
        self._db.execute("DELETE FROM users WHERE day < ?", (oldest,))
        self._db.execute("DELETE FROM warned WHERE start < ?", (oldest,))
        self._db.execute("DELETE FROM workers WHERE seen < ?", (int(now) - _HERE_SECONDS,))
        self._rows = {group: rows for group, rows in self._rows.items() if group[1] >= today}
        self._pruned = today

    def _prepare(self) -> None:
        for pragma in ("journal_mode = WAL", "synchronous = NORMAL", "temp_store = MEMORY"):
            self._db.execute(f"PRAGMA {pragma}")
        version = self._number("PRAGMA user_version")
        if version > _VERSION:
            raise sqlite3.DatabaseError(f"the file is of version {version}, known is {_VERSION}")
        with self.transaction():
            for statement in statements.SCHEMA.split(";"):
                self._db.execute(statement)
            self._db.execute(f"PRAGMA user_version = {_VERSION}")
            self._db.execute(
                "INSERT OR IGNORE INTO meta VALUES ('user_key', ?)", (self.user_key.hex(),)
            )
        (key,) = self._db.execute("SELECT value FROM meta WHERE name = 'user_key'").fetchone()
        self.user_key = bytes.fromhex(key)

    def stored(self, dimension: Dimension, key: str) -> str:
        """Return what stands for a key in the file: a hash for a user."""
        return self.hashed(key) if dimension == "user" and key != OTHER else key

    def _add_group(
        self, window: Window, start: int, dimension: Dimension, rows: dict[str, int]
    ) -> int:
        group = (window, start, dimension)
        lost = 0
        if not self._has_room(group, len(rows)):
            known = {
                key for key in rows if self._db.execute(statements.KNOWN, (*group, key)).fetchone()
            }
            over = {key: units for key, units in rows.items() if key not in known}
            lost = len(over.keys() - {OTHER})
            rows = {key: units for key, units in rows.items() if key in known}
            if over:
                rows[OTHER] = min(rows.get(OTHER, 0) + sum(over.values()), MOST_UNITS)
        self._db.executemany(
            statements.ADD,
            [
                {"period": window, "start": start, "dimension": dimension, "key": k, "units": u}
                for k, u in rows.items()
            ],
        )
        return lost

    def _has_room(self, group: tuple[str, int, str], more: int) -> bool:
        """Whether a window's dimension may get so many more rows; counted only when it is near."""
        most = MOST_USER_ROWS if group[2] == "user" else MOST_ROWS
        rows = self._rows.get(group, most) + more
        if rows > most:
            rows = self._number(statements.COUNT, group) + more
        self._rows[group] = rows
        return rows <= most

    def _add_users(self, users: dict[str, int]) -> int:
        hashed = [(self.hashed(user_id), day) for user_id, day in users.items()]
        room = MOST_USERS - self._number("SELECT COUNT(*) FROM users")
        if room >= len(hashed):
            self._db.executemany(statements.SEEN, hashed)
            return 0
        known = "SELECT 1 FROM users WHERE user = ?"
        kept = [row for row in hashed if self._db.execute(known, row[:1]).fetchone()]
        self._db.executemany(statements.SEEN, kept)
        return len(hashed) - len(kept)

    def _number(self, query: str, values: Iterable[object] = ()) -> int:
        return int(self._db.execute(query, tuple(values)).fetchone()[0])


def may_pass(error: Exception, failures: int) -> bool:
    """Whether trying again later may help: the file is locked, or the disk full for now.

    Args:
        error: what the database said.
        failures: how many times in a row it has failed.
    """
    code = (getattr(error, "sqlite_errorcode", None) or 0) & 0xFF
    return code in _PASSING or (code == sqlite3.SQLITE_IOERR and failures < _MOST_IO_ERRORS)


def ledger_path(state_dir: Path | None, service_name: str) -> Path | None:
    """Return the file of a service's ledger, None when there is no folder for it."""
    if state_dir is None:
        return None
    return state_dir / f"{re.sub(r'[^A-Za-z0-9._-]+', '-', service_name)}.ledger.sqlite3"


#: Something to do with the store, in the thread that owns it.
Job = Callable[[LedgerStore], T]
