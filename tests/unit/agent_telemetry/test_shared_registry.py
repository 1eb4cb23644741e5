"""In a registry that other libraries use too: what is theirs stays theirs, the rest works."""

import logging

import pytest
from prometheus_client import CollectorRegistry, Counter, Gauge

from agent_telemetry import ObservabilityStack, Settings, create_observability_stack
from agent_telemetry.metrics.exposition import expose
from tests.scrape import samples, scraped


@pytest.fixture
def theirs() -> CollectorRegistry:
    """A registry in which another library counts requests, and reads a gauge of our name."""
    registry = CollectorRegistry()
    counter = Counter("http_requests", "Of another library.", ["handler"], registry=registry)
    counter.labels("/cart").inc(7)
    Gauge("agent_concurrent_users", "Of another library.", registry=registry).set(3)
    return registry


@pytest.fixture
def joined(theirs: CollectorRegistry, caplog: pytest.LogCaptureFixture):
    """A stack in that registry."""
    with caplog.at_level(logging.WARNING, "agent_telemetry"):
        stack = create_observability_stack(
            settings=Settings(service_name="shop", log_stdout=False, strict=True), registry=theirs
        )
    yield stack
    stack.shutdown()


def test_taken_names_stay_with_their_owner_and_the_rest_works(
    joined: ObservabilityStack, theirs: CollectorRegistry, caplog: pytest.LogCaptureFixture
) -> None:
    """Their samples are untouched, ours beside them count, one warning a name is given."""
    for _ in range(3):
        joined.metrics.inc("http_requests_total", method="GET", endpoint="/cart", status="200")
        with joined.agent("support", tenant_id="acme", user_id="u1"), joined.llm("gpt-4o") as call:
            call.usage(input=1000, output=100)
    found = samples(theirs, "http_requests_total")
    assert [(each.labels, each.value) for each in found] == [({"handler": "/cart"}, 7)]
    assert scraped(joined, "agent_concurrent_users") == 3
    assert scraped(joined, "agent_api_cost_usd_total", tenant_id="acme") == pytest.approx(0.0105)
    assert scraped(joined, "ai_model_calls_total", status="success") == 3
    said = [
        each.getMessage()
        for each in caplog.get_records("setup")
        if "already in the registry" in each.msg
    ]
    assert sorted(said) == [
        f"metric {name} is already in the registry and is left to its owner"
        for name in ("agent_concurrent_users", "http_requests_total")
    ]


def test_two_stacks_in_one_registry(joined: ObservabilityStack, theirs: CollectorRegistry) -> None:
    """A second stack in the same registry breaks nothing: the first one keeps counting."""
    second = create_observability_stack(
        settings=Settings(service_name="shop-2", log_stdout=False), registry=theirs
    )
    with second.llm("gpt-4o"), joined.llm("gpt-4o"):
        pass
    second.shutdown()
    assert scraped(joined, "ai_model_calls_total") == 1
    assert expose(theirs, "text/plain")[0]
