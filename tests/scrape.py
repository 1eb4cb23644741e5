"""Reading what a scrape shows, from its text."""

from typing import Any

from prometheus_client import CollectorRegistry
from prometheus_client.openmetrics.parser import text_string_to_metric_families
from prometheus_client.samples import Sample

from agent_telemetry.metrics.exposition import expose

_OPENMETRICS = "application/openmetrics-text; version=1.0.0"


def samples(registry: CollectorRegistry, name: str) -> list[Sample]:
    """Return the samples of one name, in the order of the text."""
    body, _ = expose(registry, _OPENMETRICS)
    return [
        sample
        for family in text_string_to_metric_families(body.decode())
        for sample in family.samples
        if sample.name == name
    ]


def scraped(stack: Any, name: str, **labels: str) -> float | None:
    """Return the sum of the samples that have these labels; None when there is none.

    Args:
        stack: a stack, or anything else with a ``registry``.
        name: the sample's name, such as ``llm_latency_ms_count``.
        **labels: values to find; other labels may be anything.
    """
    found = [
        sample.value
        for sample in samples(stack.registry, name)
        if labels.items() <= sample.labels.items()
    ]
    return sum(found) if found else None
