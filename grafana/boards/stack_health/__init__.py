"""Stack health: can we believe what the other dashboards show?"""

from grafana import variables
from grafana.alert_limits import limit
from grafana.board import Board, Row
from grafana.boards.stack_health import agents, machine, pipelines, prometheus_itself, servers
from grafana.boards.stack_health.agents import DROPPED, grew
from grafana.links import to_dashboard
from grafana.panel_ids import PANEL_IDS
from grafana.panel_kinds import Query, Words, number, rising

ID = PANEL_IDS["stack-health"]
_NO_AGENT = "no agent"


def board() -> Board:
    """Return the dashboard."""
    return Board(
        title="Stack health",
        question="Does the monitoring itself work: can we believe the other dashboards?",
        rows=(
            _verdict(),
            servers.row(),
            pipelines.row(),
            agents.row(),
            prometheus_itself.row(),
            machine.row(),
        ),
        variables=(variables.data_source("prometheus"),),
        span="3h",
        of_service="",
    )


def _verdict() -> Row:
    dropped = limit("TelemetryDropping/telemetry")
    queue = limit("CollectorQueueFilling/collector")
    disk = limit("DiskFilling/system")
    return Row(
        "Does the monitoring work?",
        (
            number(
                ID["down_now"],
                Words(
                    "Servers down",
                    "Targets that do not answer their scrape. Good: 0.",
                    "nothing is scraped",
                ),
                Query("count(up == 0) or count(up) * 0"),
                "none",
                steps=rising(1),
            ),
            number(
                ID["dropped_now"],
                Words(
                    "Telemetry given up",
                    "Records of the last 10 m, of all agents. Good: 0; TelemetryDropping warns "
                    f"above {dropped:g} for one reason.",
                    _NO_AGENT,
                ),
                Query(f"sum({grew('telemetry_dropped_total', DROPPED, '10m', 'service')})"),
                "short",
                steps=rising(dropped, doubtful=1),
            ),
            number(
                ID["audit_now"],
                Words(
                    "Audit records lost",
                    "Of the last 10 m. Good: 0; a single one pages.",
                    _NO_AGENT,
                ),
                Query('sum(increase(telemetry_dropped_total{signal="audit"}[10m]))'),
                "short",
                steps=rising(1),
            ),
            number(
                ID["queue_now"],
                Words(
                    "Fullest collector queue",
                    f"Share that is full. Good: 0; CollectorQueueFilling warns above "
                    f"{pipelines.QUEUE_LIMIT}.",
                    "no collector",
                ),
                Query(f"max({pipelines.QUEUE})"),
                "percentunit",
                steps=rising(queue, doubtful=queue / 5),
            ),
            number(
                ID["rule_failures_now"],
                Words(
                    "Failed rules",
                    "Evaluations of the last 5 m that failed: their alerts are blind. Good: 0.",
                    "Prometheus tells nothing of itself",
                ),
                Query("sum(increase(prometheus_rule_evaluation_failures_total[5m]))"),
                "short",
                steps=rising(1),
            ),
            number(
                ID["notifications_now"],
                Words(
                    "Failed notifications",
                    "Of the last 10 m, all receivers. Good: 0.",
                    "no Alertmanager",
                ),
                Query("sum(increase(alertmanager_notifications_failed_total[10m]))"),
                "short",
                steps=rising(1),
                links=(to_dashboard("Alert quality", "alert-quality", keep=()),),
            ),
            number(
                ID["disk_now"],
                Words(
                    "Fullest disk",
                    f"Share in use. Good: below {disk:g} %, at which DiskFilling warns.",
                    "no agent measures its disk",
                ),
                Query("max(system_disk_usage_percent)"),
                "percent",
                steps=rising(disk, doubtful=disk - 10),
                links=(to_dashboard("The machine", "host", keep=()),),
            ),
            number(
                ID["series_now"],
                Words(
                    "Series",
                    "Time series that Prometheus keeps in memory. Good: level; a jump is a label "
                    "with too many values.",
                    "Prometheus tells nothing of itself",
                ),
                Query("sum(prometheus_tsdb_head_series)"),
                "short",
            ),
        ),
    )
