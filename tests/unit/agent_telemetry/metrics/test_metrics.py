"""Metrics: bounded at the moment of writing, zero from the start, never raising."""

import pytest
from prometheus_client import CollectorRegistry, Counter
from prometheus_client.openmetrics.parser import text_string_to_metric_families

from agent_telemetry import FAMILIES, Metrics, ObservabilityStack
from agent_telemetry.clock import ManualClock
from agent_telemetry.guard import Guard
from agent_telemetry.metrics.exposition import expose

OPENMETRICS = "application/openmetrics-text; version=1.0.0"


def value(metrics: Metrics, name: str, **labels: str) -> float | None:
    """Read one sample as a scrape would."""
    return metrics.registry.get_sample_value(name, labels)


def test_first_error_has_a_zero_before_it() -> None:
    """All outcomes of a label with known values are there once one of them is."""
    metrics = Metrics()
    metrics.inc(
        "agent_requests_total", method="POST", endpoint="/chat", status="success", tenant_id="acme"
    )
    labels = {"method": "POST", "endpoint": "/chat", "tenant_id": "acme"}
    assert value(metrics, "agent_requests_total", status="success", **labels) == 1
    assert value(metrics, "agent_requests_total", status="error", **labels) == 0


def test_expected_children_start_at_zero() -> None:
    """What the app announces is scraped as 0 before anything has happened."""
    metrics = Metrics()
    metrics.expect(model=["gpt-4o"], tenant_id=["acme"], tool_name=["lookup_order"])
    assert value(metrics, "agent_api_cost_usd_total", model="gpt-4o", tenant_id="acme") == 0
    assert value(metrics, "agent_tool_calls_total", tool_name="lookup_order", status="failed") == 0


def test_label_overflow_goes_to_other_and_totals_stay_exact() -> None:
    """Ten thousand tenants: 100 values and `other`, the total exact, the overflow counted."""
    metrics = Metrics()
    for number in range(10_000):
        metrics.inc("agent_api_cost_usd_total", 1, model="gpt-4o", tenant_id=f"t{number}")
    family = next(each for each in metrics.registry.collect() if each.name == "agent_api_cost_usd")
    samples = [each for each in family.samples if each.name.endswith("_total")]
    assert len(samples) == 101
    assert sum(each.value for each in samples) == 10_000
    assert value(metrics, "telemetry_label_overflow_total", label="tenant_id") == 9_900


def test_family_is_bounded_as_a_whole() -> None:
    """A family with several open labels stays below its bound of children, totals exact."""
    metrics = Metrics()
    for endpoint in range(60):
        for tenant in range(60):
            metrics.observe(
                "agent_request_duration_seconds",
                0.2,
                method="POST",
                endpoint=f"/e{endpoint}",
                tenant_id=f"t{tenant}",
            )
    family = next(
        each for each in metrics.registry.collect() if each.name == "agent_request_duration_seconds"
    )
    counts = [each.value for each in family.samples if each.name.endswith("_count")]
    assert len(counts) <= 2001
    assert sum(counts) == 3600


@pytest.mark.parametrize("tenant", ["\ud800", "a" * 5000, "line\nbreak", None, 7, "\x00"])
def test_any_label_value_can_be_scraped(tenant: object) -> None:
    """Hostile label values never break the exposition."""
    metrics = Metrics()
    metrics.inc("agent_api_cost_usd_total", 1, model="gpt-4o", tenant_id=tenant)
    body, _ = expose(metrics.registry, OPENMETRICS)
    assert list(text_string_to_metric_families(body.decode()))


def test_exemplar_names_the_trace_once_in_its_interval(
    stack: ObservabilityStack, clock: ManualClock
) -> None:
    """A histogram shows the sampled trace's id, a new one only after 15 seconds."""
    child = stack.metrics.family("agent_tool_call_latency_seconds").child("t")

    def exemplar() -> str:
        body, kind = expose(stack.registry, OPENMETRICS)
        assert kind.startswith("application/openmetrics-text")
        families = text_string_to_metric_families(body.decode())
        family = next(each for each in families if each.name == "agent_tool_call_latency_seconds")
        found = [each.exemplar for each in family.samples if each.exemplar]
        assert len(found) == 1
        return found[0].labels["trace_id"]

    traces = []
    for pause in (0, 14, 2):
        clock.advance(pause)
        with stack.chain("step") as step:
            child.observe(0.2)
            traces.append(step.trace_id)
        if pause == 14:
            assert exemplar() == traces[0]
    assert exemplar() == traces[2]


@pytest.mark.parametrize(
    ("name", "labels"),
    [
        ("no_such_metric", {}),
        ("agent_api_cost_usd_total", {"model": "m"}),
        ("agent_api_cost_usd_total", {"model": "m", "tenant_id": "t", "typo": "x"}),
    ],
)
def test_wrong_use_is_counted_not_raised(name: str, labels: dict[str, str]) -> None:
    """Writing an unknown metric or label is a fault of the telemetry, not of its host."""
    faults = []
    metrics = Metrics(guard=Guard(on_fault=faults.append))
    metrics.inc(name, **labels)
    assert faults == [f"metrics.{name}"]


def test_clash_in_a_shared_registry_skips_that_family(caplog: pytest.LogCaptureFixture) -> None:
    """A name that another library holds is left to it, with one warning; the rest works."""
    registry = CollectorRegistry()
    theirs = Counter("http_requests_total", "of another library", registry=registry)
    theirs.inc(5)
    metrics = Metrics(registry)
    metrics.inc("http_requests_total", method="GET", endpoint="/x", status="200")
    metrics.inc("agent_created_total")
    assert registry.get_sample_value("http_requests_total") == 5
    assert registry.get_sample_value("agent_created_total") == 1
    assert [each for each in caplog.records if "http_requests_total" in each.getMessage()]


def test_every_family_is_described() -> None:
    """Each family of the catalogue has a sentence of help and a well-formed name."""
    for name, family in FAMILIES.items():
        assert name == family.name
        assert family.help.endswith(".")
        assert name.endswith("_total") == (family.type == "counter")
        assert list(family.buckets) == sorted(set(family.buckets))
        assert set(family.closed) <= set(family.labels)


@pytest.mark.parametrize("read", [lambda: 1 / 0, lambda: "rubbish"])
def test_gauge_that_cannot_be_read_costs_only_itself(read) -> None:
    """The scrape goes on without it, and the fault is counted."""
    metrics = Metrics()
    metrics.track("agent_pool_size", read)
    metrics.inc("agent_created_total")
    text = expose(metrics.registry, OPENMETRICS)[0].decode()
    assert "agent_pool_size NaN" in text
    assert "agent_created_total 1.0" in text
