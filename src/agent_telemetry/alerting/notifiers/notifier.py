"""What can be told of an alert."""

from typing import Protocol

from agent_telemetry.alerting.alert import Alert


class NotificationRefusedError(Exception):
    """The receiver will never take this alert: it is not tried again."""


class Notifier(Protocol):
    """Tells somebody. It is called in a thread of its own: it may be slow.

    Attributes:
        name: in metrics, logs and the history; a word.
    """

    name: str

    def send(self, alert: Alert) -> None:
        """Tell of one alert.

        Raises:
            NotificationRefusedError: trying again is of no use.
            Exception: anything else is tried again.
        """
