"""Families read at scrape: no value where there is none, and a broken source harms nothing."""

from agent_telemetry import Metrics
from agent_telemetry.metrics.exposition import expose


def test_value_is_read_at_scrape() -> None:
    """The scrape shows what the source says at that moment."""
    metrics = Metrics()
    users = {"now": 1}
    metrics.scrape("agent_concurrent_users", lambda: {(): users["now"]})
    users["now"] = 7
    assert metrics.registry.get_sample_value("agent_concurrent_users") == 7


def test_nothing_to_say_gives_no_sample() -> None:
    """No look-ups give no hit rate: neither 0 nor NaN, and the other children stay."""
    metrics = Metrics()
    metrics.scrape("agent_cache_hit_rate", lambda: {("answer",): 83.0})
    assert metrics.registry.get_sample_value("agent_cache_hit_rate", {"cache_type": "x"}) is None
    assert metrics.registry.get_sample_value("agent_cache_hit_rate", {"cache_type": "answer"}) == 83


def test_broken_source_leaves_the_scrape_alone() -> None:
    """A source that raises costs its own family, nothing else."""
    metrics = Metrics()

    def broken() -> dict[tuple[str, ...], float]:
        raise RuntimeError("no disk")

    metrics.scrape("agent_daily_cost_usd", broken)
    metrics.inc("agent_created_total")
    text = expose(metrics.registry, "")[0].decode()
    assert "agent_created_total 1.0" in text
    assert "\nagent_daily_cost_usd " not in text


def test_second_source_of_a_family_is_refused_quietly() -> None:
    """The first one stays; the scrape shows one value."""
    metrics = Metrics()
    metrics.scrape("agent_active_tenants", lambda: {(): 1})
    metrics.scrape("agent_active_tenants", lambda: {(): 2})
    assert metrics.registry.get_sample_value("agent_active_tenants") == 1
