"""Alert quality: are alerts worth getting up for, and do they reach anybody?"""

from grafana import variables
from grafana.board import Board, Row
from grafana.boards.alert_quality import alerts, delivery
from grafana.boards.alert_quality.delivery import SILENT
from grafana.panel_ids import PANEL_IDS
from grafana.panel_kinds import Column, Query, Words, graph, number, rising, states, table

ID = PANEL_IDS["alert-quality"]
_NOTHING = "nothing fired"
_NO_AM = "no Alertmanager"
_EACH = "{{alertname}} {{scope}} {{service}}"
_SEVERITIES = {"critical": "red", "warning": "orange", "info": "blue"}


def board() -> Board:
    """Return the dashboard."""
    return Board(
        title="Alert quality",
        question="Are alerts worth getting up for, and do they reach anybody?",
        rows=(_verdict(), _quality(), *delivery.rows()),
        variables=(
            variables.data_source("prometheus"),
            variables.label_choice(
                "of_service",
                "Service",
                'ALERTS{alertname!="Watchdog"}',
                "service",
                "Whose alerts are shown; how they are delivered is the same for all.",
            ),
            variables.label_choice(
                "severity",
                "Severity",
                'ALERTS{service=~"$of_service", alertname!="Watchdog"}',
                "severity",
                "critical pages, warning is for the channel, info only for the inbox.",
            ),
        ),
        span="24h",
        refresh="1m",
        of_service='service=~"$of_service"',
    )


def _firing(severity: str) -> str:
    selector = f'{alerts.OF_ALERT}, alertstate="firing", severity="{severity}"'
    return f"count(ALERTS{{{selector}}}) or vector(0)"


def _verdict() -> Row:
    return Row(
        "Are alerts quiet, and do they arrive?",
        (
            number(
                ID["critical_now"],
                Words("Critical", "Alerts that page now. Good: 0.", "no answer"),
                Query(_firing("critical")),
                "none",
                steps=rising(1),
            ),
            number(
                ID["warning_now"],
                Words("Warnings", "Alerts that warn now. Good: 0.", "no answer"),
                Query(_firing("warning")),
                "none",
                steps=((None, "green"), (1, "yellow")),
            ),
            number(
                ID["pending_now"],
                Words(
                    "Pending",
                    "Alerts whose condition holds, not yet for long enough. Good: 0.",
                    "no answer",
                ),
                Query(f"{alerts.now('pending')} or vector(0)"),
                "none",
                steps=((None, "green"), (1, "yellow")),
            ),
            number(
                ID["flaps_now"],
                Words(
                    "Most starts",
                    "How often the alert that began most often did so in the shown time. Good: 1 "
                    "or 2; one that comes and goes teaches people to look away.",
                    _NOTHING,
                ),
                Query(f"max({alerts.STARTS})"),
                "none",
                steps=rising(6, doubtful=3),
            ),
            number(
                ID["silenced_now"],
                Words("Silences", "Active ones. Good: 0, or work that is planned.", _NO_AM),
                Query('max(alertmanager_silences{state="active"})'),
                "none",
                steps=((None, "green"), (1, "yellow")),
            ),
            number(
                ID["notifications_now"],
                Words(
                    "Notifications",
                    "Sent in the last 1 h, over all integrations. Good: few more than the "
                    "inbox's beat, which is some a minute.",
                    _NO_AM,
                ),
                Query("sum(increase(alertmanager_notifications_total[1h]))"),
                "short",
            ).decimals(0),
            number(
                ID["failed_now"],
                Words(
                    "Failed notifications",
                    "In the last 1 h: somebody was not told. Good: 0.",
                    _NO_AM,
                ),
                Query("sum(increase(alertmanager_notifications_failed_total[1h]))"),
                "short",
                steps=rising(1),
            ).decimals(0),
            number(
                ID["beat_now"],
                Words(
                    "Last beat",
                    "Age of the last Watchdog that came through to the inbox. Good: below "
                    f"{SILENT} s; older means that no alert would arrive.",
                    "it never came",
                ),
                Query("max(alert_inbox_watchdog_age_seconds)"),
                "s",
                steps=rising(SILENT, doubtful=SILENT / 1.5),
            ),
        ),
    )


def _quality() -> Row:
    by = ("alertname", "scope", "service")
    firing, pending = alerts.now("firing", *by), alerts.now("pending", *by)
    return Row(
        "Which alerts, how long, how often?",
        (
            states(
                ID["firing"],
                Words(
                    "Alerts over time",
                    "When each was pending and when it fired. Good: empty; a line of many short "
                    "pieces flaps, one that is only ever pending is set too close to what is "
                    "usual. Those of Loki's ruler are in the inbox below.",
                    _NOTHING,
                ),
                (
                    Query(
                        f"{firing} * 0 + 2 or {pending} * 0 + 1",
                        _EACH,
                    ),
                ),
                {"1": ("pending", "yellow"), "2": ("firing", "red")},
            ).height(9),
            table(
                ID["quality"],
                Words(
                    "Alerts of this time",
                    "For how many minutes each fired and was pending, and how often it began to "
                    "fire. Good: few rows; many starts of few minutes want a longer `for` or "
                    "another limit, many minutes pending without a start too.",
                    _NOTHING,
                ),
                (
                    Query(alerts.minutes("firing")),
                    Query(alerts.STARTS),
                    Query(alerts.minutes("pending")),
                ),
                (
                    Column("alertname", "Alert"),
                    Column("scope", "Scope"),
                    Column("service", "Service"),
                    Column("severity", "Severity"),
                    Column("Value #A", "Minutes firing", "none", rising(60, doubtful=1)),
                    Column("Value #B", "Starts", "none", rising(6, doubtful=3)),
                    Column("Value #C", "Minutes pending", "none"),
                ),
                largest_first="Value #A",
            ),
            graph(
                ID["firing_count"],
                Words(
                    "Firing alerts by severity",
                    "Good: none; what fires for days is no alert but a state.",
                    _NOTHING,
                ),
                (Query(alerts.now("firing", "severity"), "{{severity}}"),),
                "none",
                stacked=True,
                colors=_SEVERITIES,
            ),
            graph(
                ID["pending_count"],
                Words(
                    "Pending alerts by severity",
                    "Good: few; they are what will fire, or would with a tighter limit.",
                    "nothing is pending",
                ),
                (Query(alerts.now("pending", "severity"), "{{severity}}"),),
                "none",
                stacked=True,
                colors=_SEVERITIES,
            ),
        ),
    )
