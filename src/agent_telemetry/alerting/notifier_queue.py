"""The alerts on their way to one notifier."""

import logging
from collections.abc import Callable, Sequence

from agent_telemetry.alerting.alert import Alert
from agent_telemetry.alerting.notifiers.notifier import NotificationRefusedError, Notifier
from agent_telemetry.bounded_queue import BoundedQueue, Delivery
from agent_telemetry.metrics.metrics import Metrics

_log = logging.getLogger("agent_telemetry")
_SIGNAL = "alerts"
_MOST_ALERTS = 100
_MOST_BYTES = 1024 * 1024
_MOST_ATTEMPTS = 5
_ALERT_BYTES = 500


class NotifierQueue:
    """Gives alerts to a notifier one after the other, in a thread of its own.

    An alert is tried five times with growing pauses, then given up and counted. A notifier that
    hangs keeps its own thread busy and nothing else.

    Args:
        notifier: who tells.
        metrics: where deliveries, failures and drops are counted.
        on_delivered: told of each alert that was taken.
        retry_seconds: first and longest pause after a failure.
    """

    def __init__(
        self,
        notifier: Notifier,
        metrics: Metrics,
        on_delivered: Callable[[Alert, str], None],
        retry_seconds: tuple[float, float] = (1.0, 30.0),
    ) -> None:
        self.name = str(notifier.name)[:40]
        self._notifier = notifier
        self._metrics = metrics
        self._on_delivered = on_delivered
        self._trying: Alert | None = None
        self._attempts = 0
        self._failing = False
        self._queue: BoundedQueue[Alert] = BoundedQueue(
            f"alerts-{self.name}",
            self._deliver,
            on_drop=lambda reason, count: metrics.inc(
                "telemetry_dropped_total", count, signal=_SIGNAL, reason=reason
            ),
            on_result=self._count,
            most_items=_MOST_ALERTS,
            most_bytes=_MOST_BYTES,
            batch_items=1,
            retry_seconds=retry_seconds,
        )

    def put(self, alert: Alert) -> None:
        """Have the notifier told; never waits."""
        self._queue.put(alert, _ALERT_BYTES + len(alert.description))

    def close(self, seconds: float) -> None:
        """Deliver what can be delivered within some seconds, count the rest as dropped."""
        self._queue.close(seconds)

    def _deliver(self, alerts: Sequence[Alert]) -> Delivery:
        for alert in alerts:  # one at a time
            if alert is not self._trying:
                self._trying, self._attempts = alert, 0
            self._attempts += 1
            try:
                self._notifier.send(alert)
            except Exception as error:  # noqa: BLE001 -- a notifier may be the host's code
                refused = isinstance(error, NotificationRefusedError)
                self._failed(error)
                given_up = refused or self._attempts >= _MOST_ATTEMPTS
                if given_up:
                    self._trying = None
                return Delivery.REJECTED if given_up else Delivery.AGAIN
            self._trying = None
            self._works()
            self._on_delivered(alert, self.name)
        return Delivery.DONE

    def _failed(self, error: Exception) -> None:
        if self._failing:
            return
        self._failing = True
        # Only the kind of error: its text may have the address in it, which may be a secret.
        _log.warning(
            "alerts do not reach %s (%s)",
            self.name,
            type(error).__name__,
            extra={"event": "export_failed", "error_type": type(error).__name__},
        )

    def _works(self) -> None:
        if self._failing:
            self._failing = False
            _log.info("alerts reach %s again", self.name, extra={"event": "export_resumed"})

    def _count(self, result: Delivery, count: int) -> None:
        if result is Delivery.DONE:
            self._metrics.inc("telemetry_exported_total", count, signal=_SIGNAL)
        else:
            self._metrics.inc("telemetry_export_failures_total", signal=_SIGNAL)
