"""The last alerts: when each fired or was resolved, and who has been told."""

from collections import deque
from dataclasses import dataclass, field
from typing import Any

from agent_telemetry.alerting.alert import Alert
from agent_telemetry.workers.fork_safety import forkable_lock

_MOST_ENTRIES = 200
#: A notifier of the host may have any name; an entry keeps this many of them.
_MOST_NOTIFIERS = 20


@dataclass
class _Entry:
    alert: Alert
    delivered: list[str] = field(default_factory=list)


class AlertHistory:
    """Keeps the last 200 changes, the newest first.

    Args:
        most: how many.
    """

    def __init__(self, most: int = _MOST_ENTRIES) -> None:
        self._entries: deque[_Entry] = deque(maxlen=most)
        self._lock = forkable_lock()

    def add(self, alert: Alert) -> None:
        """Note that an alert fired or was resolved."""
        with self._lock:
            self._entries.appendleft(_Entry(alert))

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._entries.clear()

    def delivered(self, alert: Alert, notifier: str) -> None:
        """Note that a notifier has taken an alert: the newest entry of it in that status."""
        wanted = (alert.fingerprint, alert.status)
        with self._lock:
            for entry in self._entries:
                if (entry.alert.fingerprint, entry.alert.status) == wanted:
                    if notifier not in entry.delivered and len(entry.delivered) < _MOST_NOTIFIERS:
                        entry.delivered.append(notifier)
                    return

    def entries(self) -> list[dict[str, Any]]:
        """Return the entries: those of ``Alert.as_dict`` and ``delivered``, the notifiers."""
        with self._lock:
            return [
                {**each.alert.as_dict(), "delivered": [*each.delivered]} for each in self._entries
            ]
