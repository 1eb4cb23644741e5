"""Elasticsearch as a further place for the log records of a stack."""

from agent_telemetry.bounded_queue import Delivery
from agent_telemetry.clock import Clock, SystemClock
from agent_telemetry.logs.elasticsearch_client import require_package
from agent_telemetry.logs.elasticsearch_handler import ElasticsearchHandler
from agent_telemetry.metrics.metrics import Metrics
from agent_telemetry.settings import Settings

_SIGNAL = "elasticsearch"


def elasticsearch_sink(
    settings: Settings, metrics: Metrics, clock: Clock | None = None
) -> ElasticsearchHandler | None:
    """Return the handler that the settings ask for, None when they ask for none.

    Args:
        settings: addresses, keys and bounds.
        metrics: where deliveries and drops are counted.
        clock: for the time of the last delivery.

    Raises:
        ConfigurationError: the package ``elasticsearch`` is not installed.
    """
    wanted = settings.elasticsearch
    if not wanted.hosts:
        return None
    require_package("AGENT_TELEMETRY_ELASTICSEARCH_URL")
    now = clock if clock is not None else SystemClock()

    def on_result(result: Delivery, count: int) -> None:
        if result is Delivery.DONE:
            metrics.inc("telemetry_exported_total", count, signal=_SIGNAL)
            metrics.set("telemetry_last_export_timestamp_seconds", now.time(), signal=_SIGNAL)
        elif result is Delivery.AGAIN:
            metrics.inc("telemetry_export_failures_total", signal=_SIGNAL)

    store = ElasticsearchHandler(
        wanted.hosts,
        service=settings.service_name,
        api_key=wanted.api_key,
        basic_auth=wanted.basic_auth,
        ca_certs=wanted.ca_certs,
        verify_certs=wanted.verify_certs,
        index_prefix=wanted.index_prefix,
        capacity=wanted.capacity,
        flush_interval=wanted.flush_seconds,
        queue_size=wanted.queue_size,
        queue_bytes=wanted.queue_bytes,
        close_seconds=settings.shutdown_seconds / 2,
        on_drop=lambda reason, count: metrics.inc(
            "telemetry_dropped_total", count, signal=_SIGNAL, reason=reason
        ),
        on_result=on_result,
    )
    metrics.track("telemetry_queue_depth", lambda: store.depth, signal=_SIGNAL)
    metrics.track("telemetry_queue_capacity", lambda: store.capacity, signal=_SIGNAL)
    return store
