"""The inbox's own metrics, in a registry of its own."""

import sqlite3
from collections.abc import Iterable

from prometheus_client import CollectorRegistry, Counter, Gauge, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from example_app.inbox.alert import Alert
from example_app.inbox.history import History
from example_app.inbox.watchdog import Watchdog

_MOST_NAMES = 100
"""Anybody who reaches the inbox may send any name; past this bound they count as `other`."""
_SEVERITIES = ("critical", "warning", "info", "none")
REFUSALS = ("content_type", "too_large", "unreadable", "alert_unreadable", "not_stored")
PINGS = ("ok", "failed", "skipped")


class InboxCounters:
    """Counts what arrives and what is refused.

    Args:
        watchdog: Asked for the age of the last beat at each scrape.
        history: Asked for what fires at each scrape.
    """

    def __init__(self, watchdog: Watchdog, history: History) -> None:
        self._registry = CollectorRegistry()
        self._names: set[str] = set()
        self._deliveries = Counter(
            "alert_inbox_deliveries",
            "Deliveries taken: calls of the webhook, whatever the number of alerts in them.",
            registry=self._registry,
        )
        self._received = Counter(
            "alert_inbox_alerts_received",
            "Alerts received, repeats included.",
            ["alertname", "status"],
            registry=self._registry,
        )
        self._refused = Counter(
            "alert_inbox_refused",
            "Deliveries refused as unreadable or too large, or not stored; `alert_unreadable`"
            " counts single alerts of deliveries that were taken.",
            ["reason"],
            registry=self._registry,
        )
        self._left_out = Counter(
            "alert_inbox_alerts_left_out",
            "Alerts that Alertmanager said it left out of its deliveries (max_alerts).",
            registry=self._registry,
        )
        self._pings = Counter(
            "alert_inbox_watchdog_pings",
            "Pings to the dead man's service outside; `skipped`: the one before was under way.",
            ["outcome"],
            registry=self._registry,
        )
        for reason in REFUSALS:
            self._refused.labels(reason)
        for outcome in PINGS:
            self._pings.labels(outcome)
        age = Gauge(
            "alert_inbox_watchdog_age_seconds",
            "Seconds since the Watchdog alert last arrived; NaN before the first time.",
            registry=self._registry,
        )

        def _age() -> float:
            seconds = watchdog.state.age_seconds
            return float("nan") if seconds is None else seconds

        age.set_function(_age)
        self._registry.register(_HistoryCollector(history))

    def delivered(self, alerts: Iterable[Alert], left_out: int) -> None:
        """Counts a delivery that was taken, and its alerts."""
        self._deliveries.inc()
        self._left_out.inc(left_out)
        for alert in alerts:
            if len(self._names) < _MOST_NAMES:
                self._names.add(alert.alertname)
            name = alert.alertname if alert.alertname in self._names else "other"
            self._received.labels(name, alert.status).inc()

    def refused(self, reason: str, times: int = 1) -> None:
        """Counts what was refused; `reason` is one of `REFUSALS`."""
        self._refused.labels(reason).inc(times)

    def pinged(self, outcome: str) -> None:
        """Counts a ping; `outcome` is one of `PINGS`."""
        self._pings.labels(outcome).inc()

    def exposition(self) -> bytes:
        """The text that Prometheus reads."""
        return generate_latest(self._registry)


class _HistoryCollector(Collector):
    """Reads from the history at each scrape; one that cannot be read has no number of alerts."""

    def __init__(self, history: History) -> None:
        self._history = history

    def collect(self) -> Iterable[Metric]:
        fault = self._history.fault is not None
        try:
            firing = self._history.firing_by_severity()
        except sqlite3.Error:
            fault = True
        else:
            family = GaugeMetricFamily(
                "alert_inbox_alerts_firing",
                "Alerts that fire now, without Watchdog.",
                labels=["severity"],
            )
            numbers = dict.fromkeys(_SEVERITIES, 0)
            for severity, number in firing.items():
                numbers[severity if severity in numbers else "none"] += number
            for severity, number in numbers.items():
                family.add_metric([severity], number)
            yield family
        yield GaugeMetricFamily(
            "alert_inbox_history_fault",
            "1 while the history cannot be written or read; Alertmanager is told to try again.",
            value=float(fault),
        )

    def describe(self) -> Iterable[Metric]:
        """Nothing beforehand: the registry would read the history for it."""
        return []
