"""The bounded history of alerts, in SQLite.

One row an alert: its fingerprint and when it began. However often Alertmanager delivers it, and
through however many receivers, it is never there twice.
"""

import sqlite3
import threading
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import orjson

from example_app.inbox import history_queries as queries
from example_app.inbox.alert import Alert
from example_app.inbox.entry import Entry, Episode
from example_app.inbox.history_file import open_history
from example_app.inbox.selection import Selection

_FIELDS = ("fingerprint", "starts_at", "status", "service", "scope")


class History:
    """Keeps the alerts, at most `limit`, none longer than `kept_for` after its last delivery.

    Args:
        directory: Where `inbox.sqlite` is kept; None keeps it in memory.
        limit: Most alerts kept; of those that are over, the longest silent go first.
        kept_for: How long an alert is kept after its last delivery.
        silent_for: A firing alert that was not repeated for so long counts as `lost`: its end
            was never delivered. Longer than Alertmanager's `repeat_interval`.

    Raises:
        OSError: The directory cannot be made.
        sqlite3.Error: The file cannot be opened.
    """

    def __init__(
        self,
        directory: Path | None,
        *,
        limit: int,
        kept_for: timedelta = timedelta(days=30),
        silent_for: timedelta = timedelta(hours=13),
    ) -> None:
        self._limit = limit
        self._kept_for = kept_for
        self._silent_for = silent_for
        self._lock = threading.Lock()
        opened = open_history(directory)
        self._database = opened.database
        self.kept_aside = opened.kept_aside
        self.fault: str | None = None

    def store(self, alerts: Iterable[Alert], now: datetime) -> None:
        """Records one delivery, whole or not at all.

        Raises:
            sqlite3.Error: The disk does not take it; `fault` says so until it does again.
        """
        # An alert that stands twice in one delivery is one arrival; the later word counts.
        latest = {(a.fingerprint, a.starts_at, a.status): a for a in alerts}
        try:
            with self._lock, self._database:
                for alert in latest.values():
                    self._store(alert, now)
                self._expire(now)
                self._database.execute(queries.TRIM_OLD, (_ago(now, self._kept_for),))
                self._database.execute(queries.TRIM_MANY, (self._limit,))
        except sqlite3.Error as error:
            self.fault = str(error)
            raise
        self.fault = None

    def _store(self, alert: Alert, now: datetime) -> None:
        body = alert.as_json()
        row = {key: body[key] for key in _FIELDS} | {
            "alertname": alert.alertname,
            "severity": alert.severity,
            # A resolved alert without a time ended when that was told.
            "ended_at": (alert.ends_at or now).isoformat(),
            "now": now.isoformat(),
            "body": orjson.dumps(body),
        }
        self._database.execute(queries.SUPERSEDE, row)
        self._database.execute(
            queries.STORE_FIRING if alert.status == "firing" else queries.STORE_RESOLVED, row
        )

    def _expire(self, now: datetime) -> None:
        cutoff = _ago(now, self._silent_for)
        self._database.execute(queries.EXPIRE, {"cutoff": cutoff, "now": now.isoformat()})

    def entries(
        self,
        *,
        alertname: str | None = None,
        status: str | None = None,
        limit: int = -1,
        offset: int = 0,
    ) -> list[Entry]:
        """What was delivered, the latest first: an alert's beginning and its end are two entries.

        Args:
            alertname: only those of one alert.
            status: only `firing` or only `resolved`.
            limit: most entries; -1 for all.
            offset: how many to leave out first.
        """
        asked = {"alertname": alertname, "status": status, "limit": limit, "offset": offset}
        rows = self._rows(queries.ENTRIES, asked)
        return [Entry(orjson.loads(body), *rest) for body, *rest in rows]

    def firing(self, chosen: Selection, now: datetime, *, limit: int, offset: int) -> list[Episode]:
        """What fires: critical first, then by service, name and scope."""
        with self._lock, self._database:
            self._expire(now)
        return self._episodes(queries.FIRING, chosen, limit=limit, offset=offset)

    def over(
        self, chosen: Selection, *, limit: int, offset: int = 0, since: str = ""
    ) -> list[Episode]:
        """What fires no more, the latest end first.

        Args:
            chosen: which alerts.
            limit: most alerts.
            offset: how many to leave out first.
            since: ended at this time or later, RFC 3339 in UTC.
        """
        return self._episodes(queries.OVER, chosen, limit=limit, offset=offset, since=since)

    def count_firing(self, chosen: Selection) -> int:
        """How many fire."""
        return int(self._rows(queries.COUNT_FIRING, _wanted(chosen))[0][0])

    def count_over(self, chosen: Selection) -> int:
        """How many are over."""
        asked = {**_wanted(chosen), "since": ""}
        return int(self._rows(queries.COUNT_OVER, asked)[0][0])

    def firing_by_severity(self) -> dict[str, int]:
        """How many fire, by the label `severity`."""
        return dict(self._rows(queries.BY_SEVERITY, {}))

    def firing_by_name(self) -> dict[str, int]:
        """How many fire, by the alert's name."""
        return dict(self._rows(queries.BY_NAME, {}))

    def known(self, label: str) -> list[str]:
        """The values that `service` or `severity` has had."""
        return [value for (value,) in self._rows(queries.KNOWN[label], {})]

    def _episodes(self, query: str, chosen: Selection, **more: str | int) -> list[Episode]:
        rows = self._rows(query, {**_wanted(chosen), **more})
        return [Episode(orjson.loads(body), *rest) for body, *rest in rows]

    def _rows(self, query: str, asked: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        with self._lock:
            return self._database.execute(query, asked).fetchall()

    def close(self) -> None:
        """Closes the database; the history must not be used afterwards."""
        with self._lock:
            self._database.close()


def _wanted(chosen: Selection) -> dict[str, str]:
    return {
        "service": chosen.service,
        "severity": chosen.severity,
        "name": chosen.name,
    }


def _ago(now: datetime, age: timedelta) -> str:
    return (now - age).isoformat()
