"""How many lines there are: the verdict, and over time."""

from grafana.alert_limits import limit
from grafana.board import Row
from grafana.links import label, to_dashboard, to_log_lines
from grafana.panel_ids import PANEL_IDS
from grafana.panel_kinds import LogQuery, Words, graph, number, rising
from prometheus.conditions.logs import SECRET, TRACEBACK

ID = PANEL_IDS["logs"]
NONE = "no lines in this time"
LINES = '{service_name=~"$service", level=~"$level"}'
OF_TENANT = '| tenant_id=~"$tenant"'
ERRORS = '{service_name=~"$service", level=~"ERROR|FATAL"}'
LEVEL_COLORS = {
    "DEBUG": "text",
    "INFO": "green",
    "WARN": "yellow",
    "ERROR": "red",
    "FATAL": "dark-red",
}
_OF_SERVICE = '{service_name=~"$service"}'
_MANY = limit("HighLogErrorRate/logs")
_TRACEBACKS = limit("TracebackBurst/logs")


def counted(lines: str, *by: str, window: str = "$__auto") -> str:
    """Return how many lines there are, by labels."""
    grouped = f" by ({', '.join(by)})" if by else ""
    return f"sum{grouped} (count_over_time({lines} [{window}]))"


def _now(key: str, words: Words, lines: str, **steps: object) -> object:
    panel = number(
        ID[key], words, LogQuery(f"{counted(lines, window='5m')} or vector(0)"), "short", **steps
    )
    return panel.span(4)


def verdict() -> Row:
    """Return the row of single numbers."""
    return Row(
        "Do the logs report trouble?",
        (
            _now(
                "errors_now",
                Words(
                    "Errors, 5 m",
                    f"Lines of ERROR and FATAL. Good: 0; HighLogErrorRate warns above {_MANY:g} of "
                    "one service.",
                    NONE,
                ),
                f"{ERRORS} {OF_TENANT}",
                steps=rising(_MANY, doubtful=1),
            ),
            _now(
                "warnings_now",
                Words("Warnings, 5 m", "Lines of WARN, such as refused requests. Good: few.", NONE),
                f'{{service_name=~"$service", level="WARN"}} {OF_TENANT}',
            ),
            _now(
                "lines_now",
                Words("Lines, 5 m", "Of every level. Good: in step with the requests.", NONE),
                f'{{service_name=~"$service"}} {OF_TENANT}',
            ),
            _now(
                "tracebacks_now",
                Words(
                    "Tracebacks, 5 m",
                    "Lines with an exception's traceback, of every tenant. Good: 0; TracebackBurst "
                    f"warns above {_TRACEBACKS:g} of one service.",
                    NONE,
                ),
                f"{_OF_SERVICE} {TRACEBACK}",
                steps=rising(_TRACEBACKS, doubtful=1),
            ),
            _now(
                "secrets_now",
                Words(
                    "Leaked secrets, 5 m",
                    "Lines that hold what looks like a key, a token or a password, of every "
                    "tenant. Good: 0; LeakedSecret pages at one.",
                    NONE,
                ),
                f"{_OF_SERVICE} {SECRET}",
                steps=rising(1),
            ),
            _now(
                "audit_now",
                Words(
                    "Audit records, 5 m",
                    "Lines of the audit trail, which is never sampled. Good: one for each chat.",
                    NONE,
                ),
                f'{{service_name=~"$service", stream="audit"}} {OF_TENANT}',
            ),
        ),
    )


def counts() -> Row:
    """Return the lines over time."""
    of_type = to_log_lines(
        "Lines of this error",
        f'{{service_name=~"${{service:regex}}"}} | error_type="{label("error_type")}"',
    )
    tenant = to_dashboard("This tenant", "tenant-detail", tenant=label("tenant_id"))
    return Row(
        "How many, of which level, tenant and type?",
        (
            graph(
                ID["by_level"],
                Words(
                    "Lines by level",
                    "In each interval. Good: nearly all INFO.",
                    NONE,
                ),
                (LogQuery(counted(f"{LINES} {OF_TENANT}", "level"), "{{level}}"),),
                "short",
                stacked=True,
                bars=True,
                colors=LEVEL_COLORS,
            ).span(8),
            graph(
                ID["by_tenant"],
                Words(
                    "Lines by tenant",
                    "In each interval; without a name are the lines that belong to no tenant.",
                    NONE,
                ),
                (LogQuery(counted(f"{LINES} {OF_TENANT}", "tenant_id"), "{{tenant_id}}"),),
                "short",
                stacked=True,
                bars=True,
                links=(tenant,),
            ).span(8),
            graph(
                ID["errors_by_type"],
                Words(
                    "Errors by type",
                    "Lines with an error's class or code, in each interval. Click one for them. "
                    "Good: none.",
                    "no errors in this time",
                ),
                (
                    LogQuery(
                        counted(f'{LINES} | error_type!="" {OF_TENANT}', "error_type"),
                        "{{error_type}}",
                    ),
                ),
                "short",
                stacked=True,
                bars=True,
                links=(of_type,),
            ).span(8),
        ),
    )
