"""Snapshots are taken from what a stack counts, over a window, without double or lost counts."""

import pytest

from agent_telemetry.alerting.snapshot_reader import SnapshotReader


@pytest.fixture
def reader(stack, clock) -> SnapshotReader:
    """Reads the stack, over a minute; money over an hour."""
    return SnapshotReader(stack.registry, clock, window_seconds=60)


def test_idle_service_is_all_quiet(reader):
    """Nothing counted is no ratio and no percentile, not 0 % or 100 %."""
    snapshot = reader.read()
    assert (snapshot.requests, snapshot.error_ratio) == (0, None)
    assert (snapshot.request_p95_seconds, snapshot.chat_p95_seconds) == (None, {})
    assert snapshot.cache_hit_ratio("answers") is None
    assert snapshot.pool_share is None
    assert (snapshot.cost_usd, snapshot.cost_today_usd) == (0, 0)
    assert snapshot.memory_bytes > 1e6


def test_operations_are_seen(stack, reader, clock):
    """Calls of models and tools, their failures, tokens and money are in the snapshot."""
    for _ in range(3):
        with (
            stack.agent("support", tenant_id="acme", agent_id="support-1"),
            stack.llm("gpt-4o", provider="openai") as call,
        ):
            clock.advance(1)
            call.usage(input=1000, output=100)
        with pytest.raises(OSError, match="away"), stack.tool("lookup"):
            raise OSError("away")
    with pytest.raises(TimeoutError), stack.llm("gpt-4o", provider="openai"):
        raise TimeoutError
    stack.metrics.cache_request("answers", hit=True)
    stack.metrics.cache_request("answers", hit=False)
    snapshot = reader.read()
    assert snapshot.tool_failures["lookup"] == 3
    assert snapshot.model_calls["gpt-4o"] == 4
    assert snapshot.model_failures["gpt-4o"] == 1
    assert snapshot.cost_usd == pytest.approx(0.0105)
    assert snapshot.cost_by_tenant["acme"] == pytest.approx(0.0105)
    assert snapshot.cost_by_model["gpt-4o"] == pytest.approx(0.0105)
    assert snapshot.cost_today_usd == pytest.approx(0.0105)
    assert snapshot.tokens_per_second["gpt-4o"] == pytest.approx(3300 / 3600)
    assert snapshot.cache_hit_ratio("answers") == 0.5


def test_numbers_leave_the_window(stack, reader, clock):
    """What is older than the window is gone; money is looked at for an hour."""
    stack.metrics.inc(
        "agent_requests_total", 5, method="POST", endpoint="/chat", status="error", tenant_id="a"
    )
    stack.metrics.inc("agent_api_cost_usd_total", 2, model="gpt-4o", tenant_id="a")
    assert reader.read().failed_requests == 5
    for _ in range(8):
        clock.advance(15)
        snapshot = reader.read()
    assert (snapshot.failed_requests, snapshot.error_ratio) == (0, None)
    assert snapshot.cost_usd == 2
    clock.advance(3600)
    assert reader.read().cost_usd == 0


def test_percentiles_gauges_and_losses(stack, reader):
    """Percentiles by buckets, the pool, and telemetry that was lost are in the snapshot."""
    for seconds in (0.2, 0.2, 12.0):
        stack.metrics.record_chat_latency("support-1", "support", seconds)
        stack.metrics.observe(
            "agent_request_duration_seconds",
            seconds, method="POST", endpoint="/chat", tenant_id="a",
        )  # fmt: skip
    stack.metrics.set("agent_pool_size", 19)
    stack.metrics.set("agent_pool_max_size", 20)
    stack.metrics.inc("telemetry_dropped_total", 2, signal="traces", reason="queue_full")
    stack.metrics.inc("telemetry_dropped_total", 9, signal="logs", reason="sampled")
    snapshot = reader.read()
    assert snapshot.chat_p95_seconds["support"] == pytest.approx(27)
    assert snapshot.request_p95_seconds == 10
    assert snapshot.pool_share == 0.95
    assert snapshot.dropped["traces"] == 2
    assert snapshot.dropped.get("logs", 0) == 0


def test_budget_shares(make_stack, clock):
    """The spent share of a budget is there."""
    stack = make_stack()
    stack.budget("all", limit_usd="0.01")
    with stack.agent("a"), stack.llm("gpt-4o", provider="openai") as call:
        call.usage(input=1000, output=100)
    assert stack.flush(5)
    snapshot = SnapshotReader(stack.registry, clock).read()
    assert snapshot.budget_shares == {"all": pytest.approx(0.35)}


def test_what_others_counted_before_is_no_news(stack, clock):
    """A worker that joins late begins with what is counted already."""
    stack.metrics.record_tool_call("lookup", success=False)
    reader = SnapshotReader(stack.registry, clock, from_zero=False)
    assert reader.read().tool_failures["lookup"] == 0
    stack.metrics.record_tool_call("lookup", success=False)
    assert reader.read().tool_failures["lookup"] == 1
