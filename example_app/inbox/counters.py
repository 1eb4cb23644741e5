"""The inbox's own metrics, in a registry of its own."""

from collections.abc import Iterable

from prometheus_client import CollectorRegistry, Counter, Gauge, generate_latest

from example_app.inbox.alert import Alert
from example_app.inbox.watchdog import Watchdog

_MOST_NAMES = 100
"""Anybody who reaches the inbox may send any name; past this bound they count as `other`."""


class InboxCounters:
    """Counts what arrives and what is refused."""

    def __init__(self, watchdog: Watchdog) -> None:
        self._registry = CollectorRegistry()
        self._names: set[str] = set()
        self._received = Counter(
            "alert_inbox_alerts_received",
            "Alerts received, repeats included.",
            ["alertname", "status"],
            registry=self._registry,
        )
        self._refused = Counter(
            "alert_inbox_refused",
            "Deliveries refused as unreadable or too large, or not stored.",
            ["reason"],
            registry=self._registry,
        )
        age = Gauge(
            "alert_inbox_watchdog_age_seconds",
            "Seconds since the Watchdog alert last arrived; NaN before the first time.",
            registry=self._registry,
        )

        def _age() -> float:
            seconds = watchdog.state.age_seconds
            return float("nan") if seconds is None else seconds

        age.set_function(_age)

    def received(self, alerts: Iterable[Alert]) -> None:
        """Counts the alerts of a delivery."""
        for alert in alerts:
            if len(self._names) < _MOST_NAMES:
                self._names.add(alert.alertname)
            name = alert.alertname if alert.alertname in self._names else "other"
            self._received.labels(name, alert.status).inc()

    def refused(self, reason: str) -> None:
        """Counts a delivery that was refused; `reason` is one of a few fixed words."""
        self._refused.labels(reason).inc()

    def exposition(self) -> bytes:
        """The text that Prometheus reads."""
        return generate_latest(self._registry)
