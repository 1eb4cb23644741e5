"""The bounded history of alerts, in SQLite."""

import sqlite3
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson

from example_app.inbox.alert import Alert

_TABLE = """
CREATE TABLE IF NOT EXISTS alert (
    number INTEGER PRIMARY KEY,
    fingerprint TEXT NOT NULL,
    starts_at TEXT NOT NULL,
    status TEXT NOT NULL,
    receiver TEXT NOT NULL,
    alertname TEXT NOT NULL,
    received_at TEXT NOT NULL,
    last_received_at TEXT NOT NULL,
    deliveries INTEGER NOT NULL,
    body BLOB NOT NULL,
    UNIQUE (fingerprint, starts_at, status, receiver)
)
"""
_STORE = """
INSERT INTO alert (fingerprint, starts_at, status, receiver, alertname, received_at,
                   last_received_at, deliveries, body)
VALUES (:fingerprint, :starts_at, :status, :receiver, :alertname, :now, :now, 1, :body)
ON CONFLICT (fingerprint, starts_at, status, receiver) DO UPDATE SET
    last_received_at = excluded.last_received_at,
    deliveries = deliveries + 1,
    body = excluded.body
"""
_TRIM = """
DELETE FROM alert WHERE number NOT IN (
    SELECT number FROM alert ORDER BY last_received_at DESC, number DESC LIMIT ?
)
"""
_READ = """
SELECT body, received_at, last_received_at, deliveries FROM alert
WHERE (:alertname IS NULL OR alertname = :alertname) AND (:status IS NULL OR status = :status)
ORDER BY last_received_at DESC, number DESC
"""


@dataclass(frozen=True)
class Entry:
    """An alert in the history.

    Attributes:
        alert: The alert in the form of `Alert.as_json`.
        received_at: When it first arrived in this state, RFC 3339.
        last_received_at: When it last arrived; Alertmanager repeats what still fires.
        deliveries: How often it arrived.
    """

    alert: dict[str, Any]
    received_at: str
    last_received_at: str
    deliveries: int

    def as_json(self) -> dict[str, Any]:
        """One element of `GET /alerts`."""
        return {
            **self.alert,
            "received_at": self.received_at,
            "last_received_at": self.last_received_at,
            "deliveries": self.deliveries,
        }


class History:
    """Keeps one entry for each state of each alert, the newest `limit` of them.

    Args:
        directory: Where `inbox.sqlite` is kept; None keeps it in memory.
        limit: Most entries kept; those not delivered for longest go first.
    """

    def __init__(self, directory: Path | None, *, limit: int) -> None:
        self._limit = limit
        self._lock = threading.Lock()
        path = ":memory:"
        if directory is not None:
            directory.mkdir(parents=True, exist_ok=True)
            path = str(directory / "inbox.sqlite")
        self._database = sqlite3.connect(path, check_same_thread=False)
        self._database.execute("PRAGMA journal_mode=WAL")
        self._database.execute(_TABLE)

    def store(self, alerts: Iterable[Alert], now: datetime) -> None:
        """Records one delivery.

        Raises:
            sqlite3.Error: The disk does not take it; nothing of the delivery is kept.
        """
        with self._lock, self._database:
            for alert in alerts:
                body = alert.as_json()
                row = {key: body[key] for key in ("fingerprint", "starts_at", "status", "receiver")}
                row |= {"alertname": alert.alertname, "now": now.isoformat()}
                self._database.execute(_STORE, {**row, "body": orjson.dumps(body)})
            self._database.execute(_TRIM, (self._limit,))

    def entries(self, *, alertname: str | None = None, status: str | None = None) -> list[Entry]:
        """Entries, the latest delivery first, of one alert or one status if given."""
        with self._lock:
            rows = self._database.execute(_READ, {"alertname": alertname, "status": status})
            return [Entry(orjson.loads(body), *rest) for body, *rest in rows]

    def close(self) -> None:
        """Closes the database; the history must not be used afterwards."""
        with self._lock:
            self._database.close()
