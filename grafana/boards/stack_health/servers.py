"""Whether each server answers, how long its scrape takes, and what it uses."""

from grafana.alert_limits import hold
from grafana.board import Row
from grafana.panel_ids import PANEL_IDS
from grafana.panel_kinds import Query, Words, graph, states

ID = PANEL_IDS["stack-health"]
_NOT_SCRAPED = "nothing is scraped"


def row() -> Row:
    """Return the row about the servers."""
    memory = (
        "sum by (service) (process_resident_memory_bytes) "
        'or sum by (service) (otelcol_process_memory_rss_bytes{job=~"otel-collector|jaeger"})'
    )
    cpu = (
        "sum by (service) (rate(process_cpu_seconds_total[$__rate_interval])) or "
        "sum by (service) (rate(otelcol_process_cpu_seconds_total[$__rate_interval]))"
    )
    return Row(
        "Is every server up?",
        (
            states(
                ID["up"],
                Words(
                    "Servers",
                    "Whether each answers its scrape. TargetDown warns after "
                    f"{hold('TargetDown/target')} of DOWN, TargetVanished where a line ends. Good: "
                    "green throughout. jaeger-spanmetrics is Jaeger's second door.",
                    _NOT_SCRAPED,
                ),
                (Query("min by (service) (up)", "{{service}}"),),
                {"0": ("DOWN", "red"), "1": ("UP", "green")},
            ),
            graph(
                ID["scrape_duration"],
                Words(
                    "Time of a scrape",
                    "By server. Good: far below 10 s, after which a scrape is given up.",
                    _NOT_SCRAPED,
                ),
                (Query("max by (service) (scrape_duration_seconds)", "{{service}}"),),
                "s",
            ).span(6),
            graph(
                ID["memory"],
                Words(
                    "Memory by server",
                    "Resident. Good: level; a steady rise is a leak, or too many series.",
                    _NOT_SCRAPED,
                ),
                (Query(memory, "{{service}}"),),
                "bytes",
            ).span(6),
            graph(
                ID["cpu"],
                Words(
                    "CPU by server",
                    "Cores in use. Good: level; Prometheus rises with dashboards and rules.",
                    _NOT_SCRAPED,
                ),
                (Query(cpu, "{{service}}"),),
                "none",
            ).span(6),
            graph(
                ID["restarts"],
                Words(
                    "Starts in 1 h",
                    "How often each process began anew. Good: 0, or a deploy.",
                    "nothing is scraped",
                ),
                (
                    Query(
                        "sum by (service) (changes(process_start_time_seconds[1h]))", "{{service}}"
                    ),
                ),
                "short",
            ).span(6),
        ),
    )
