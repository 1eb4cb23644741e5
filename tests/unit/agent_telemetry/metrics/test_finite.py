"""Numbers that would spoil a sum."""

import math

import pytest
from prometheus_client.openmetrics.exposition import generate_latest
from prometheus_client.openmetrics.parser import text_string_to_metric_families

from agent_telemetry import MetricsRegistry
from agent_telemetry.guard import Guard
from agent_telemetry.metrics.metrics import Metrics

SPOILERS = [math.nan, math.inf, -math.inf]


@pytest.mark.parametrize("spoiler", SPOILERS)
def test_a_sum_of_the_catalogue_stays_readable(spoiler) -> None:
    """NaN and infinity are a fault; the scrape still parses and the sum is that of the others."""
    faults: list[str] = []
    metrics = Metrics(guard=Guard(on_fault=faults.append, strict=False))
    metrics.observe("llm_latency_ms", 5)
    metrics.observe("llm_latency_ms", spoiler)

    text = generate_latest(metrics.registry).decode()
    found = {s.name: s.value for f in text_string_to_metric_families(text) for s in f.samples}
    assert found["llm_latency_ms_sum"] == 5
    assert found["llm_latency_ms_count"] == 1
    assert len(faults) == 1


@pytest.mark.parametrize("spoiler", SPOILERS)
def test_a_sum_of_the_hosts_own_stays_readable(spoiler) -> None:
    """The same for a metric that the host made, while a gauge may be anything."""
    registry = MetricsRegistry()
    registry.histogram("wait").observe(spoiler)
    registry.counter("hits").inc(spoiler)
    registry.gauge("depth").set(spoiler)

    entries = {entry["name"]: entry for entry in registry.collect()}
    assert "wait" not in entries or entries["wait"]["count"] == 0
    assert "hits_total" not in entries or entries["hits_total"]["value"] == 0
    assert str(entries["depth"]["value"]) == str(spoiler)
