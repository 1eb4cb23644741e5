"""Follows one alert: pending, firing, delivered, resolved; asked of Prometheus and the inbox."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import httpx

_WINDOW = re.compile(r"(?:\[|increase|rate)(\d+)([smhd])\b")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
#: Scrape, evaluation, group_wait and delivery take their time after the condition holds.
_PATH_SECONDS = 120
_MOST_WINDOW_SECONDS = 600


@dataclass(frozen=True)
class Rule:
    """An alert as Prometheus has loaded it.

    Attributes:
        hold_seconds: how long its condition must hold.
        window_seconds: how far it looks back; 0 when that cannot be read.
    """

    hold_seconds: float
    window_seconds: float

    @property
    def fires_within(self) -> float:
        """Seconds from the first effect to the delivery, at most."""
        return self.hold_seconds + min(self.window_seconds, _MOST_WINDOW_SECONDS) + _PATH_SECONDS

    @property
    def ends_within(self) -> float:
        """Seconds from the end of the fault to the delivered end, at most."""
        return self.window_seconds + 300 + _PATH_SECONDS


class AlertWatch:
    """One alert by its name and, where several share it, its scope.

    Args:
        name: the alert.
        scope: the label that tells it from others of its name; None means any of them.
        prometheus: Prometheus.
        inbox: the alert inbox.

    Attributes:
        rules_of: who has the rules, for people.
        receiver: where the alert arrives, for people.
    """

    rules_of = "Prometheus"
    receiver = "the inbox"

    def __init__(
        self, name: str, scope: str | None, prometheus: httpx.Client, inbox: httpx.Client
    ) -> None:
        self.name = name
        self._labels = {"alertname": name} | ({"scope": scope} if scope else {})
        self._prometheus = prometheus
        self._inbox = inbox

    def rule(self) -> Rule | None:
        """Return the rule, or None where Prometheus has none of the name.

        Raises:
            httpx.HTTPError: Prometheus does not answer.
        """
        groups = _data(self._prometheus, "/api/v1/rules", {"type": "alert"})["groups"]
        found = [
            rule
            for group in groups
            for rule in group["rules"]
            if self._is_ours({"alertname": rule["name"], **rule.get("labels", {})})
        ]
        if not found:
            return None
        return Rule(
            max(float(rule.get("duration", 0)) for rule in found),
            max((_window(rule.get("query", "")) for rule in found), default=0),
        )

    def state(self) -> str:
        """Return `firing`, `pending` or `inactive`.

        Raises:
            httpx.HTTPError: Prometheus does not answer.
        """
        alerts = _data(self._prometheus, "/api/v1/alerts", {})["alerts"]
        states = {alert["state"] for alert in alerts if self._is_ours(alert["labels"])}
        return next((state for state in ("firing", "pending") if state in states), "inactive")

    def delivered(self, status: str, since: float) -> Mapping[str, Any] | None:
        """Return the alert as it reached the inbox after a time, the newest, or None.

        Args:
            status: `firing` or `resolved`.
            since: seconds since 1970.

        Raises:
            httpx.HTTPError: the inbox does not answer.
        """
        wanted = {"alertname": self.name, "status": status}
        response = self._inbox.get("/alerts", params=wanted)
        response.raise_for_status()
        entries: Sequence[Mapping[str, Any]] = response.json()["alerts"]
        return next(
            (
                entry
                for entry in entries
                if self._is_ours(entry["labels"]) and _seconds(entry["received_at"]) >= since
            ),
            None,
        )

    def _is_ours(self, labels: Mapping[str, str]) -> bool:
        return self._labels.items() <= labels.items()


def _data(client: httpx.Client, path: str, params: Mapping[str, str]) -> Any:
    response = client.get(path, params=params)
    response.raise_for_status()
    return response.json()["data"]


def _window(query: str) -> float:
    """Return the longest time that a query looks back, recorded series' names included."""
    found = (int(number) * _SECONDS[unit] for number, unit in _WINDOW.findall(query))
    return max(found, default=0)


def _seconds(stamp: str | float) -> float:
    """Return a time of the inbox, a number or RFC 3339, as seconds since 1970."""
    if isinstance(stamp, str):
        return datetime.fromisoformat(stamp).timestamp()
    return float(stamp)
