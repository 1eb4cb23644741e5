"""What the history holds: deliveries as `GET /alerts` lists them, alerts as the page shows them."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Entry:
    """One state of one alert, as it was delivered.

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


@dataclass(frozen=True)
class Episode:
    """One alert from its beginning to its end.

    Attributes:
        alert: The latest of what was delivered, in the form of `Alert.as_json`.
        state: `firing`, `resolved`, or `lost`: it fires no more, but its end was not delivered.
        ended_at: When it ended or was given up, RFC 3339; None while it fires.
        last_at: When it was last delivered.
        deliveries: How often it was delivered as firing.
    """

    alert: dict[str, Any]
    state: str
    ended_at: str | None
    last_at: str
    deliveries: int
