"""The lines themselves, and what they are about."""

from grafana.board import Row
from grafana.boards.logs.counts import ERRORS, ID, LINES, NONE, OF_TENANT, counted
from grafana.links import Link, cell, to_lines_of_trace, to_log_lines, to_trace
from grafana.panel_kinds import Column, LogQuery, Query, Words, bars, graph, log_lines, table


def lines() -> Row:
    """Return the live tail and the last errors."""
    found = f"{LINES} {OF_TENANT} |~ `(?i)$search`"
    tail = to_log_lines("Live tail in Explore", '{service_name=~"${service:regex}"}')
    in_corner = Link(tail.title, tail.url, new_tab=True)
    trace = to_trace(cell("trace_id"))
    same_trace = to_lines_of_trace(cell("trace_id"))
    return Row(
        "The lines",
        (
            log_lines(
                ID["live_tail"],
                Words(
                    "Live tail",
                    "The newest lines of the choices at the top, asked again every 10 s; the link "
                    "in the corner streams them. Open a line and follow trace_id to its trace. "
                    "Good: no red.",
                    NONE,
                ),
                found,
                links=(in_corner,),
            ).height(14),
            table(
                ID["recent_errors"],
                Words(
                    "Last errors and warnings",
                    "The 20 newest lines that name an error; click a type for its trace. Good: "
                    "none.",
                    "no errors in this time",
                ),
                (
                    LogQuery(
                        f'{{service_name=~"$service"}} | error_type!="" {OF_TENANT}', max_lines=20
                    ),
                ),
                (
                    Column("Time", "Time", "dateTimeAsLocal", width=180),
                    Column("level", "Level", width=80),
                    Column("error_type", "Error", links=(trace, same_trace), width=180),
                    Column("Line", "Message"),
                    Column("tenant_id", "Tenant", width=110),
                    Column("trace_id", "Trace", links=(trace, same_trace), width=280),
                ),
            ),
        ),
    )


def details() -> Row:
    """Return what the lines are about, and what was not shipped."""
    lost, sampled = (
        'sum by (reason) (increase(telemetry_dropped_total{service=~"$service", signal="logs", '
        f'reason{operator}"sampled"}}[$__rate_interval]))'
        for operator in ("!=", "=")
    )
    return Row(
        "What they are about, and what is missing",
        (
            graph(
                ID["by_event"],
                Words("Lines by event", "In each interval: what the service did.", NONE),
                (LogQuery(counted(f'{LINES} | event!="" {OF_TENANT}', "event"), "{{event}}"),),
                "short",
                stacked=True,
                bars=True,
            ),
            graph(
                ID["by_service"],
                Words(
                    "Lines by service and stream",
                    "In each interval: operation, error and audit.",
                    NONE,
                ),
                (
                    LogQuery(
                        counted('{service_name=~"$service"}', "service_name", "stream"),
                        "{{service_name}} {{stream}}",
                    ),
                ),
                "short",
                stacked=True,
                bars=True,
            ),
            bars(
                ID["error_ranking"],
                Words(
                    "Errors by type, ranking",
                    "The ten most frequent of the time shown. Good: none.",
                    "no errors in this time",
                ),
                LogQuery(
                    "topk(10, "
                    + counted(
                        f'{ERRORS} | error_type!="" {OF_TENANT}', "error_type", window="$__range"
                    )
                    + ")",
                    "{{error_type}}",
                ),
                "short",
            ).span(12),
            bars(
                ID["by_logger"],
                Words(
                    "Lines by logger, ranking",
                    "The ten busiest of the time shown. Good: no logger floods.",
                    NONE,
                ),
                LogQuery(
                    f"topk(10, {counted(LINES + ' ' + OF_TENANT, 'logger', window='$__range')})",
                    "{{logger}}",
                ),
                "short",
            ).span(12),
            log_lines(
                ID["audit"],
                Words(
                    "Audit trail",
                    "The newest records of who did what; never sampled. Good: without a gap.",
                    "no audit records in this time",
                ),
                f'{{service_name=~"$service", stream="audit"}} {OF_TENANT}',
            ),
            graph(
                ID["sampled"],
                Words(
                    "Lines left out by sampling",
                    "On purpose, of equal lines in a second. Good: 0 while sampling is off.",
                    "no agent",
                ),
                (Query(sampled, "{{reason}}"),),
                "short",
            ),
            graph(
                ID["dropped"],
                Words(
                    "Lines lost",
                    "Given up because a queue was full or a file could not be written. Good: 0.",
                    "no agent",
                ),
                (Query(lost, "{{reason}}"),),
                "short",
            ),
        ),
        collapsed=True,
    )
