"""Whether alerts reach people: from Prometheus through Alertmanager to receivers and the inbox."""

from grafana import promql
from grafana.alert_limits import limit
from grafana.board import Row
from grafana.panel_ids import PANEL_IDS
from grafana.panel_kinds import Query, Words, graph

ID = PANEL_IDS["alert-quality"]
_NO_AM = "no Alertmanager"
_NO_INBOX = "no alert inbox"
_NOTIFIED = "alertmanager_notifications"
#: After how many seconds without a beat the inbox answers 503.
SILENT = 180


def _grew(metric: str, *by: str, window: str = "$__rate_interval", over: str = "") -> str:
    return f"sum by ({', '.join(by)}) (increase({metric}[{window}])){over}"


def rows() -> tuple[Row, Row]:
    """Return the row about Alertmanager and the one about the inbox."""
    return _alertmanager(), _inbox()


def _alertmanager() -> Row:
    failed = _grew(f"{_NOTIFIED}_failed_total", "integration", window="10m")
    sent = _grew(f"{_NOTIFIED}_total", "integration", window="10m")
    latency = promql.quantile(
        0.95,
        "alertmanager_notification_latency_seconds",
        "",
        "integration",
        window="10m",
    )
    lost = " + ".join(
        f"sum by (service) (increase(prometheus_notifications_{what}_total[10m]))"
        for what in ("errors", "dropped")
    )
    return Row(
        "Do alerts reach people?",
        (
            graph(
                ID["notifications"],
                Words(
                    "Notifications sent in 10 m",
                    "By integration: webhook is the alert inbox; Slack, PagerDuty and e-mail are "
                    "there once their secrets are. Good: each that you set up has some.",
                    _NO_AM,
                ),
                (Query(f"{sent} > 0 or on () sum({sent}) * 0", "{{integration}}"),),
                "short",
            ),
            graph(
                ID["failed"],
                Words(
                    "Share of failed notifications",
                    "By integration, over 10 m. AlertmanagerNotificationsFailing pages above the "
                    "line. Good: 0.",
                    "nothing was sent",
                ),
                (Query(f"{failed} / ({sent} > 0)", "{{integration}}"),),
                "percentunit",
                limit=limit("AlertmanagerNotificationsFailing/alertmanager"),
            ),
            graph(
                ID["latency"],
                Words(
                    "Time of a notification",
                    "P95 over 10 m, by integration. Good: below 5 s.",
                    "nothing was sent",
                ),
                (Query(f"{latency} >= 0", "{{integration}}"),),
                "s",
            ).span(8),
            graph(
                ID["lost"],
                Words(
                    "Alerts lost before Alertmanager, 10 m",
                    "Sent in vain or dropped from the full queue of Prometheus. Good: 0.",
                    "Prometheus tells nothing of itself",
                ),
                (Query(lost, "{{service}}"),),
                "short",
            ).span(8),
            graph(
                ID["silences"],
                Words(
                    "Silences and suppressed alerts",
                    "Silences that are active now, and alerts that a silence, a mute time or a "
                    "graver alert keeps from people. Good: each silence has an end and an owner.",
                    _NO_AM,
                ),
                (
                    Query('max(alertmanager_silences{state="active"})', "active silences"),
                    Query('max(alertmanager_alerts{state="suppressed"})', "suppressed alerts"),
                ),
                "short",
            ).span(8),
        ),
    )


def _inbox() -> Row:
    return Row(
        "What does the inbox say?",
        (
            graph(
                ID["received"],
                Words(
                    "Alerts received in 1 h",
                    "By the inbox, repeats included, those of Loki's ruler too. Good: few names; "
                    "one that comes and goes is a limit that is set too tight.",
                    _NO_INBOX,
                ),
                (
                    Query(
                        _grew(
                            'alert_inbox_alerts_received_total{alertname!="Watchdog"}',
                            "alertname",
                            "status",
                            window="1h",
                            over=" > 0",
                        ),
                        "{{alertname}} {{status}}",
                    ),
                ),
                "short",
            ),
            graph(
                ID["inbox_firing"],
                Words(
                    "Alerts that fire in the inbox",
                    "By severity, those of Loki's ruler too. Good: what Prometheus fires, and "
                    "nothing that is over.",
                    _NO_INBOX,
                ),
                (Query("max by (severity) (alert_inbox_alerts_firing)", "{{severity}}"),),
                "short",
            ),
            graph(
                ID["inbox"],
                Words(
                    "Deliveries in 10 m",
                    "Calls of Alertmanager that the inbox took. Good: never 0: the beat alone is "
                    "several.",
                    _NO_INBOX,
                ),
                (Query(_grew("alert_inbox_deliveries_total", "service", window="10m"), "taken"),),
                "short",
            ).span(8),
            graph(
                ID["inbox_refused"],
                Words(
                    "Refused deliveries in 10 m",
                    "By reason, and alerts that Alertmanager left out as too many. Good: 0.",
                    _NO_INBOX,
                ),
                (
                    Query(_grew("alert_inbox_refused_total", "reason", window="10m"), "{{reason}}"),
                    Query(
                        _grew("alert_inbox_alerts_left_out_total", "service", window="10m"),
                        "left out",
                    ),
                ),
                "short",
            ).span(8),
            graph(
                ID["beat"],
                Words(
                    "Age of the last beat",
                    "Since Watchdog last came through Prometheus, Alertmanager and the inbox. "
                    "Good: below the line, above which the inbox tells the outside that nobody "
                    "would hear of an alert.",
                    "it never came",
                ),
                (Query("max(alert_inbox_watchdog_age_seconds)", "age"),),
                "s",
                limit=SILENT,
            ).span(8),
        ),
        collapsed=True,
    )
