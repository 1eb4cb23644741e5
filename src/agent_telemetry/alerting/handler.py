"""Hands alerts to all who are to be told."""

import time
from collections.abc import Callable, Iterable

from agent_telemetry.alerting.alert import Alert
from agent_telemetry.alerting.notifier_queue import NotifierQueue
from agent_telemetry.alerting.notifiers.notifier import Notifier
from agent_telemetry.exceptions import ConfigurationError
from agent_telemetry.metrics.metrics import Metrics

_MOST_NOTIFIERS = 20


class AlertHandler:
    """Tells every notifier of every alert; one that fails or hangs does not stop the others.

    Args:
        metrics: where deliveries, failures and drops are counted.
        notifiers: who is told.
        on_delivered: told of each alert that a notifier took, with the notifier's name.
        retry_seconds: first and longest pause after a failure.
    """

    def __init__(
        self,
        metrics: Metrics,
        notifiers: Iterable[Notifier] = (),
        *,
        on_delivered: Callable[[Alert, str], None] = lambda _alert, _name: None,
        retry_seconds: tuple[float, float] = (1.0, 30.0),
    ) -> None:
        self._metrics = metrics
        self._on_delivered = on_delivered
        self._retry = retry_seconds
        self._queues: dict[str, NotifierQueue] = {}
        for notifier in notifiers:
            self.add(notifier)

    @property
    def names(self) -> list[str]:
        """Who is told."""
        return [*self._queues]

    def add(self, notifier: Notifier) -> None:
        """Tell one more.

        Raises:
            ConfigurationError: there is one of that name, or there are too many.
        """
        queue = NotifierQueue(notifier, self._metrics, self._on_delivered, self._retry)
        if queue.name in self._queues:
            raise ConfigurationError("notifier name", queue.name, "a name that no other has")
        if len(self._queues) >= _MOST_NOTIFIERS:
            raise ConfigurationError("notifier", queue.name, f"at most {_MOST_NOTIFIERS} of them")
        self._queues[queue.name] = queue

    def notify_all(self, alert: Alert) -> None:
        """Have all told of an alert; never waits, never raises."""
        for queue in list(self._queues.values()):
            queue.put(alert)

    def close(self, seconds: float) -> None:
        """Deliver what can be delivered within some seconds, count the rest as dropped."""
        deadline = time.monotonic() + seconds
        for queue in list(self._queues.values()):
            queue.close(max(0.0, deadline - time.monotonic()))
