"""Conditions about the OpenTelemetry Collector and about Jaeger, which is built from one."""

from prometheus.conditions.condition import Condition, condition
from prometheus.durations import TimeScale
from prometheus.thresholds import Alert

_COLLECTOR = 'job="otel-collector"'
_JAEGER = 'job="jaeger"'
_STORAGE = f'{_JAEGER}, exporter="jaeger_storage_exporter"'
_KINDS = ("spans", "log_records", "metric_points")


def _any_of(by: str, selectors: list[str], window: str, function: str = "increase") -> str:
    """Return the sum over several counters, which may not all be there yet."""
    # Their names are lost in a rate: a label keeps them apart.
    named = [
        f'label_replace({function}({each}[{window}]), "counter", "{number}", "", "")'
        for number, each in enumerate(selectors)
    ]
    return f"sum by ({by}) (\n" + "\nor\n".join(named) + "\n)"


@condition("CollectorQueueFilling", "collector", "limit")
def _collector_queue_filling(alert: Alert, _scale: TimeScale) -> Condition:
    size = f"max by (service, exporter) (otelcol_exporter_queue_size{{{_COLLECTOR}}}"
    limit = alert.settings["limit"]
    return Condition(f"{size} / otelcol_exporter_queue_capacity) > {limit}", agent=False)


@condition("CollectorExportFailing", "collector", "window")
def _collector_export_failing(alert: Alert, scale: TimeScale) -> Condition:
    window = scale.window(alert.settings["window"])
    refused = [
        f"otelcol_exporter_{what}_{kind}{{{_COLLECTOR}}}"
        for what in ("send_failed", "enqueue_failed")
        for kind in (f"{kind}_total" for kind in _KINDS)
    ]
    sent = [f"otelcol_exporter_sent_{kind}_total{{{_COLLECTOR}}}" for kind in _KINDS]
    # Given up, or waiting while nothing gets through.
    return Condition(
        f"{_any_of('service, exporter', refused, window)} > 0\n"
        "or\n(\n"
        f"sum by (service, exporter) (min_over_time(otelcol_exporter_queue_size{{{_COLLECTOR}}}"
        f"[{window}])) > 0\n"
        "unless on (service, exporter)\n"
        f"{_any_of('service, exporter', sent, window)} > 0\n)",
        agent=False,
    )


@condition("JaegerNotStoring", "jaeger", "fewest", "window")
def _jaeger_not_storing(alert: Alert, scale: TimeScale) -> Condition:
    window = scale.window(alert.settings["window"])
    refused = [
        f"otelcol_exporter_send_failed_spans_total{{{_STORAGE}}}",
        f"otelcol_receiver_refused_spans_total{{{_JAEGER}}}",
        f"otelcol_receiver_failed_spans_total{{{_JAEGER}}}",
    ]
    accepted = f"increase(otelcol_receiver_accepted_spans_total{{{_JAEGER}}}[{window}])"
    stored = f"increase(otelcol_exporter_sent_spans_total{{{_STORAGE}}}[{window}])"
    return Condition(
        f"{_any_of('service', refused, window)} > 0\n"
        f"or\n(\nsum by (service) ({accepted}) >= {alert.settings['fewest']}\n"
        f"unless on (service)\nsum by (service) ({stored}) > 0\n)",
        agent=False,
    )
