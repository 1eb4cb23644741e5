"""``stack.metrics``: catalogue, own metrics and guide A's records in one registry."""

import pytest

from agent_telemetry import MetricsCollector
from agent_telemetry.catalogue import FAMILIES
from tests.scrape import scraped


def test_own_metrics_stand_beside_the_catalogue(stack) -> None:
    """What the guides' code makes is in the same scrape as everything else."""
    stack.metrics.counter("orders_shipped", "Orders shipped.").inc(2, {"carrier": "dhl"})
    stack.metrics.gauge("orders_open", "Orders open.").set(7)
    stack.metrics.histogram("order_value_usd", "Value of an order.", [10, 100]).observe(42)
    assert scraped(stack, "orders_shipped_total", carrier="dhl") == 2
    assert scraped(stack, "orders_open") == 7
    assert scraped(stack, "order_value_usd_bucket", le="100.0") == 1
    assert "# HELP orders_open Orders open." in stack.metrics.to_prometheus_text()


def test_a_name_of_the_catalogue_is_that_metric(stack) -> None:
    """Guide B's code that makes ``tool_calls_total`` itself moves the one that rules read."""
    stack.metrics.counter("tool_calls_total", "Tool calls").inc()
    stack.metrics.gauge("active_agents").inc()
    stack.metrics.histogram("agent_latency_ms").observe(12)
    stack.metrics.counter("agent_tool_calls").inc(1, {"tool_name": "find", "status": "success"})
    assert scraped(stack, "tool_calls_total") == 1
    assert scraped(stack, "active_agents") == 1
    assert scraped(stack, "agent_latency_ms_count") == 1
    assert scraped(stack, "agent_tool_calls_total", tool_name="find", status="success") == 1


def test_a_name_of_the_catalogue_keeps_its_type(stack) -> None:
    """Another type is a clear error; so is a metric that the library reads by itself."""
    with pytest.raises(ValueError, match="tool_calls_total is a counter"):
        stack.metrics.gauge("tool_calls_total")
    with pytest.raises(ValueError, match="kept by the library"):
        stack.metrics.gauge("agent_daily_cost_usd")


def test_missing_label_of_the_catalogue_is_a_counted_fault(make_stack) -> None:
    """A wrong label loses the count, not the host."""
    stack = make_stack(strict=False)
    stack.metrics.counter("agent_tool_calls_total").inc(labels={"tool": "find"})
    assert scraped(stack, "telemetry_faults_total", where="metrics.agent_tool_calls_total") == 1


def test_records_of_guide_a_move_its_metrics() -> None:
    """Each record moves the metrics of its name; it works without a stack."""
    metrics = MetricsCollector()
    read = metrics.registry.get_sample_value
    metrics.record_agent_created()
    metrics.record_agent_created()
    metrics.record_agent_closed()
    assert (read("agent_created_total"), read("agent_active_count")) == (2, 1)
    metrics.record_tool_call("find", success=True, duration_seconds=0.2)
    metrics.record_tool_call("find", success=False)
    calls = [
        read("agent_tool_calls_total", {"tool_name": "find", "status": status})
        for status in ("success", "failed")
    ]
    assert calls == [1, 1]
    assert (read("tool_calls_total"), read("tool_errors_total")) == (2, 1)
    assert read("agent_tool_call_latency_seconds_count", {"tool_name": "find"}) == 1
    metrics.record_chat_latency("support-1", "support", 1.5)
    chat = {"agent_id": "support-1", "template_id": "support"}
    assert read("agent_chat_latency_seconds_sum", chat) == 1.5
    metrics.record_token_usage(800, 120)
    assert read("agent_token_usage_sum", {"type": "input"}) == 800
    assert read("agent_token_usage_sum", {"type": "output"}) == 120


def test_collect_lists_the_catalogue_too(stack) -> None:
    """Every family that is shown from the start is in ``collect`` with its HELP text."""
    entries = {entry["name"]: entry for entry in stack.metrics.collect()}
    assert entries["agent_created_total"]["value"] == 0
    assert entries["tool_calls_total"]["description"] == FAMILIES["tool_calls_total"].help
    assert entries["llm_latency_ms"]["buckets"]["+Inf"] == 0


def test_bounds_of_own_metrics_are_counted(stack) -> None:
    """A label of one's own that overflows counts in the telemetry's own metric."""
    hits = stack.metrics.counter("hits")
    for number in range(105):
        hits.inc(labels={"who": str(number)})
    assert scraped(stack, "telemetry_label_overflow_total", label="who") == 5
