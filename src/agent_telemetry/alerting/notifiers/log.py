"""Tells the log, so that an alert stands among the lines that led to it."""

import logging

from agent_telemetry.alerting.alert import Alert

_log = logging.getLogger("agent_telemetry.alerts")
#: An alert is no error of its own: alerts that count error lines must not count it.
_WARNED = frozenset({"critical", "warning"})


class LogNotifier:
    """Writes a line for each alert: WARN for critical and warning, otherwise INFO."""

    name = "log"

    def send(self, alert: Alert) -> None:
        """Write it."""
        firing = alert.status == "firing"
        level = logging.WARNING if firing and alert.severity in _WARNED else logging.INFO
        told = alert.as_dict()
        told["alert"] = told.pop("name")  # `name` is the logger's
        del told["timestamp"], told["status"]
        text = f"{alert.name}: {alert.description}" if firing else f"{alert.name} resolved"
        _log.log(level, "%s", text, extra={"event": f"alert_{alert.status}", **told})
