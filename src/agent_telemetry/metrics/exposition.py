"""The answer of ``/metrics``: OpenMetrics with exemplars for who asks for it, else text."""

from prometheus_client import CollectorRegistry
from prometheus_client.exposition import choose_encoder


def expose(registry: CollectorRegistry, accept: str) -> tuple[bytes, str]:
    """Return body and content type for an ``Accept`` header.

    Prometheus asks for OpenMetrics, which is the only text form that carries exemplars.
    """
    encoder, content_type = choose_encoder(accept)
    return encoder(registry), content_type
