"""What the agents' own telemetry loses, folds together or fails at."""

from grafana.alert_limits import limit
from grafana.board import Row
from grafana.panel_ids import PANEL_IDS
from grafana.panel_kinds import Query, Words, graph

ID = PANEL_IDS["stack-health"]
_NO_AGENT = "no agent"


def grew(metric: str, selector: str, window: str, *by: str) -> str:
    """Return how much a counter grew over a time, by labels."""
    selected = f"{{{selector}}}" if selector else ""
    return f"sum by ({', '.join(by)}) (increase({metric}{selected}[{window}]))"


#: Records given up that nobody asked to give up; `sampled` is on purpose, audit has its own panel.
DROPPED = 'reason!="sampled", signal!="audit"'


def row() -> Row:
    """Return the row about the library in the agents."""
    return Row(
        "What do the agents lose?",
        (
            graph(
                ID["telemetry_dropped"],
                Words(
                    "Telemetry given up in 10 m",
                    "Records, by signal and reason. TelemetryDropping warns above the line. "
                    "Good: 0.",
                    _NO_AGENT,
                ),
                (
                    Query(
                        grew(
                            "telemetry_dropped_total",
                            DROPPED,
                            "10m",
                            "service",
                            "signal",
                            "reason",
                        )
                        + " > 0 or "
                        + grew("telemetry_dropped_total", DROPPED, "10m", "service")
                        + " * 0",
                        "{{service}} {{signal}} {{reason}}",
                    ),
                ),
                "short",
                limit=limit("TelemetryDropping/telemetry"),
            ),
            graph(
                ID["audit_dropped"],
                Words(
                    "Audit records lost in 10 m",
                    "A single one is a gap in the trail: AuditGap pages, and the agent is not "
                    "ready. Good: 0.",
                    _NO_AGENT,
                ),
                (
                    Query(
                        grew("telemetry_dropped_total", 'signal="audit"', "10m", "service"),
                        "{{service}}",
                    ),
                ),
                "short",
            ),
            graph(
                ID["label_overflow"],
                Words(
                    "Label values folded into `other` in 15 m",
                    "By label: it has more values than fit. LabelOverflow warns above the line. "
                    "Good: empty.",
                    "every label has room",
                ),
                (
                    Query(
                        grew("telemetry_label_overflow_total", "", "15m", "service", "label"),
                        "{{service}} {{label}}",
                    ),
                ),
                "short",
                limit=limit("LabelOverflow/telemetry"),
            ).span(8),
            graph(
                ID["telemetry_faults"],
                Words(
                    "Faults of the library in 15 m",
                    "Swallowed, so that no request suffered; by place. TelemetryFault warns above "
                    "the line. Good: empty.",
                    "no faults",
                ),
                (
                    Query(
                        grew("telemetry_faults_total", "", "15m", "service", "where"),
                        "{{service}} {{where}}",
                    ),
                ),
                "short",
                limit=limit("TelemetryFault/telemetry"),
            ).span(8),
            graph(
                ID["telemetry_queue"],
                Words(
                    "Telemetry that waits",
                    "Share of each queue of the library that is full. Good: near 0; at 100 % the "
                    "oldest records are given up.",
                    _NO_AGENT,
                ),
                (
                    Query(
                        "max by (service, signal) (telemetry_queue_depth / "
                        "(telemetry_queue_capacity > 0))",
                        "{{service}} {{signal}}",
                    ),
                ),
                "percentunit",
            ).span(8),
            graph(
                ID["last_export"],
                Words(
                    "Age of the last export",
                    "Time since a backend last took something, and what it took. Good: below a "
                    "minute while there are requests; it grows when nobody asks anything.",
                    _NO_AGENT,
                ),
                (
                    Query(
                        "time() - max by (service, signal) "
                        "(telemetry_last_export_timestamp_seconds > 0)",
                        "{{service}} {{signal}}",
                    ),
                ),
                "s",
            ),
        ),
        collapsed=True,
    )
