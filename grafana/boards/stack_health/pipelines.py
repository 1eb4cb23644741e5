"""Whether traces and logs get through the collector to Jaeger and Loki."""

from grafana import promql
from grafana.alert_limits import limit, percent, setting
from grafana.board import Row
from grafana.panel_ids import PANEL_IDS
from grafana.panel_kinds import Query, Words, graph

ID = PANEL_IDS["stack-health"]
_FEWEST = setting("LokiRequestErrors/loki", "fewest")
_QUIET = "nothing arrives"
_KINDS = ("spans", "log_records", "metric_points")
_WAITING = (
    'max by (exporter) (min_over_time(otelcol_exporter_queue_size{job="otel-collector"}[5m]))'
)
QUEUE = "max by (exporter) (otelcol_exporter_queue_size / otelcol_exporter_queue_capacity)"


def _rate(metric: str, selector: str, *by: str) -> str:
    return f"sum by ({', '.join(by)}) (rate({metric}{{{selector}}}[$__rate_interval]))"


def _added(metrics: list[str], by: str, window: str) -> str:
    """Return the sum over counters of which some are not there before they first count."""
    each = (
        f'label_replace(increase({one}[{window}]), "counter", "{number}", "", "")'
        for number, one in enumerate(metrics)
    )
    return f"sum by ({by}) ({' or '.join(each)})"


def row() -> Row:
    """Return the row about the ways of traces and logs."""
    storage = 'job="jaeger", exporter="jaeger_storage_exporter"'
    failed = [
        f'otelcol_exporter_{what}_{kind}_total{{job="otel-collector"}}'
        for what in ("send_failed", "enqueue_failed")
        for kind in _KINDS
    ]
    sent = [f'otelcol_exporter_sent_{kind}_total{{job="otel-collector"}}' for kind in _KINDS]
    refused = [
        f"otelcol_exporter_send_failed_spans_total{{{storage}}}",
        'otelcol_receiver_refused_spans_total{job="jaeger"}',
        'otelcol_receiver_failed_spans_total{job="jaeger"}',
    ]
    requests = 'loki_request_duration_seconds_count{job="loki", route!="ready"'
    errors = promql.ratio(
        f'sum by (route) (increase({requests}, status_code=~"5..|error"}}[5m]))',
        f"sum by (route) (increase({requests}}}[5m]))",
    )
    return Row(
        "Does telemetry get through?",
        (
            graph(
                ID["spans"],
                Words(
                    "Spans on their way",
                    "A second: taken and sent on by the collector, taken and stored by Jaeger. "
                    "Good: four lines that lie on each other.",
                    _QUIET,
                ),
                (
                    Query(
                        _rate("otelcol_receiver_accepted_spans_total", "", "service"),
                        "{{service}} takes",
                    ),
                    Query(
                        _rate("otelcol_exporter_sent_spans_total", "", "service", "exporter"),
                        "{{service}} to {{exporter}}",
                    ),
                ),
                "suffix:/s",
            ),
            graph(
                ID["log_lines"],
                Words(
                    "Log lines on their way",
                    "A second: read and sent on by the collector, taken by Loki. Good: three lines "
                    "that lie on each other.",
                    _QUIET,
                ),
                (
                    Query(
                        _rate("otelcol_receiver_accepted_log_records_total", "", "service"),
                        "{{service}} reads",
                    ),
                    Query(
                        _rate("otelcol_exporter_sent_log_records_total", "", "service"),
                        "{{service}} sends",
                    ),
                    Query(_rate("loki_distributor_lines_received_total", "", "service"), "loki"),
                ),
                "suffix:/s",
            ),
            graph(
                ID["queue"],
                Words(
                    "Collector queues",
                    "Share that is full, by exporter. CollectorQueueFilling warns above the line: "
                    "who is behind it is down or too slow. Good: 0.",
                    "no collector",
                ),
                (Query(QUEUE, "{{exporter}}"),),
                "percentunit",
                limit=limit("CollectorQueueFilling/collector"),
            ).span(8),
            graph(
                ID["export_failures"],
                Words(
                    "Failed exports of the collector in 5 m",
                    "Spans, lines and points that were given up, by exporter; and what waits "
                    "while nothing gets through. CollectorExportFailing warns at the first. "
                    "Good: 0.",
                    "no collector",
                ),
                (
                    Query(
                        f"{_added(failed, 'exporter', '5m')} or "
                        "max by (exporter) (otelcol_exporter_queue_size) * 0",
                        "{{exporter}}",
                    ),
                    Query(
                        f"({_WAITING} unless on (exporter) {_added(sent, 'exporter', '5m')} > 0)"
                        " or max by (exporter) (otelcol_exporter_queue_size) * 0",
                        "{{exporter}}, waiting",
                    ),
                ),
                "short",
            ).span(8),
            graph(
                ID["jaeger_refused"],
                Words(
                    "Spans that Jaeger did not store in 5 m",
                    "Refused, failed or not written. JaegerNotStoring warns at the first. Good: 0.",
                    "no Jaeger",
                ),
                (Query(_added(refused, "service", "5m"), "{{service}}"),),
                "short",
            ).span(8),
            graph(
                ID["loki_errors"],
                Words(
                    "Failed requests of Loki",
                    "Share of each route's requests over 5 m. LokiRequestErrors warns above the "
                    f"line when there are {_FEWEST:g} or more. Good: 0.",
                    "nobody asks Loki",
                ),
                (Query(errors, "{{route}}"),),
                "percentunit",
                limit=limit("LokiRequestErrors/loki"),
            ),
            graph(
                ID["loki_discarded"],
                Words(
                    "Lines that Loki refused in 15 m",
                    "By reason: rate_limited, too old, too long. LokiDiscarding warns above the "
                    "line. Good: empty.",
                    "none was refused",
                ),
                (
                    Query(
                        "sum by (reason) (increase(loki_discarded_samples_total[15m]))",
                        "{{reason}}",
                    ),
                ),
                "short",
                limit=limit("LokiDiscarding/loki"),
            ),
        ),
    )


#: For the descriptions of others: from which share on a queue warns.
QUEUE_LIMIT = percent(limit("CollectorQueueFilling/collector"))
