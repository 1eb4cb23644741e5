"""The guides' metrics registry: names and shapes, as Prometheus wants them."""

import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry, Gauge
from prometheus_client.openmetrics.parser import text_string_to_metric_families
from prometheus_client.parser import text_string_to_metric_families as plain_families

from agent_telemetry import MetricsRegistry
from agent_telemetry.guard import Guard
from agent_telemetry.metrics.exposition import expose


def shown(registry: MetricsRegistry) -> dict[tuple, float]:
    """Read the text as Prometheus would: name and labels → value."""
    return {
        (sample.name, *sorted(sample.labels.items())): sample.value
        for family in plain_families(registry.to_prometheus_text())
        for sample in family.samples
    }


def test_same_name_is_the_same_object() -> None:
    """A metric is made once, with or without ``_total`` in a counter's name."""
    registry = MetricsRegistry()
    hits = registry.counter("hits", "Look-ups that hit.")
    assert registry.counter("hits") is hits
    assert registry.counter("hits_total") is hits
    assert registry.gauge("depth", "Depth.") is registry.gauge("depth")
    assert registry.histogram("wait") is registry.histogram("wait", buckets=[1, 2])


@pytest.mark.parametrize("taken", ["counter", "gauge", "histogram"])
@pytest.mark.parametrize("asked", ["counter", "gauge", "histogram"])
def test_same_name_of_another_type_is_a_clear_error(taken, asked) -> None:
    """The error names the metric."""
    registry = MetricsRegistry()
    name = "thing_total"
    getattr(registry, taken)(name)
    if taken == asked:
        getattr(registry, asked)(name)
        return
    with pytest.raises(ValueError, match="metric thing"):
        getattr(registry, asked)(name)


def test_text_has_help_type_and_cumulative_buckets() -> None:
    """Real HELP texts, ``+Inf``, buckets that add up."""
    registry = MetricsRegistry()
    wait = registry.histogram("wait_seconds", "Wait for a seat.", [0.1, 1, 10])
    for value in (0.05, 0.5, 0.5, 5, 50):
        wait.observe(value)
    text = registry.to_prometheus_text()
    assert "# HELP wait_seconds Wait for a seat.\n# TYPE wait_seconds histogram" in text
    samples = shown(registry)
    found = [samples["wait_seconds_bucket", ("le", le)] for le in ("0.1", "1.0", "10.0", "+Inf")]
    assert found == [1, 3, 4, 5]
    assert samples[("wait_seconds_count",)] == 5
    assert samples[("wait_seconds_sum",)] == pytest.approx(56.05)


def test_labels_may_come_with_each_call() -> None:
    """Labels need not be declared; different sets of names stand beside each other."""
    registry = MetricsRegistry()
    hits = registry.counter("hits", "Look-ups that hit.")
    hits.inc()
    hits.inc(2, {"cache": "answers"})
    hits.labels(cache="answers").inc()
    hits.labels(cache="answers").inc(1, {"tenant": "acme"})
    samples = shown(registry)
    assert samples[("hits_total",)] == 1
    assert samples["hits_total", ("cache", "answers")] == 3
    assert samples["hits_total", ("cache", "answers"), ("tenant", "acme")] == 1


def test_metrics_start_at_zero() -> None:
    """A metric without labels is seen before its first event, so that ``rate`` sees that one."""
    registry = MetricsRegistry()
    registry.counter("hits")
    registry.gauge("depth")
    registry.histogram("wait")
    declared = registry.counter("misses", labels=["cache"])
    samples = shown(registry)
    assert (samples[("hits_total",)], samples[("depth",)], samples[("wait_count",)]) == (0, 0, 0)
    assert ("misses_total",) not in samples
    declared.inc(labels={"cache": "answers"})
    assert shown(registry)["misses_total", ("cache", "answers")] == 1


def test_gauge_goes_up_and_down() -> None:
    """Set, inc, dec."""
    registry = MetricsRegistry()
    depth = registry.gauge("depth", "Depth of the queue.")
    depth.set(5)
    depth.inc()
    depth.dec(2)
    assert shown(registry)[("depth",)] == 4


def test_collect_has_one_entry_a_series() -> None:
    """Entries have name, type, timestamp and value, or count, sum and buckets."""
    registry = MetricsRegistry()
    registry.counter("hits", "Hits.").inc(3, {"cache": "a"})
    registry.gauge("depth").set(2)
    registry.histogram("wait", buckets=[1]).observe(0.5)
    hits, depth, wait = registry.collect()
    assert (hits["name"], hits["type"], hits["value"]) == ("hits", "counter", 3)
    assert (hits["labels"], hits["description"]) == ({"cache": "a"}, "Hits.")
    assert (depth["name"], depth["type"], depth["value"]) == ("depth", "gauge", 2)
    assert (wait["type"], wait["count"], wait["sum"]) == ("histogram", 1, 0.5)
    assert wait["buckets"] == {"1.0": 1, "+Inf": 1}
    assert all(entry["timestamp"] > 1_700_000_000 for entry in (hits, depth, wait))


def test_a_name_that_is_taken_in_a_shared_registry_is_an_error() -> None:
    """A registry that is joined keeps its owner's metrics."""
    shared = CollectorRegistry()
    Gauge("theirs", "Somebody else's.", registry=shared)
    with pytest.raises(ValueError, match="theirs is already in the registry"):
        MetricsRegistry(shared).counter("theirs")
    MetricsRegistry(shared).counter("mine")
    with pytest.raises(ValueError, match="mine_total is already in the registry"):
        MetricsRegistry(shared).gauge("mine_total")


def test_wrong_buckets_are_an_error_at_once() -> None:
    """Bounds must ascend; said where the histogram is made."""
    with pytest.raises(ValueError, match="sorted"):
        MetricsRegistry().histogram("wait", buckets=[2, 1])


def test_wrong_use_never_reaches_the_host() -> None:
    """A negative amount or a value that is no number is a fault that is counted."""
    faults: list[str] = []
    registry = MetricsRegistry(guard=Guard(on_fault=faults.append))
    registry.counter("hits").inc(-1)
    registry.gauge("depth").set("deep")
    registry.counter("hits").inc(1, {"0 wrong-name!": object()})
    assert faults[:2] == ["metrics.hits", "metrics.depth"]
    registry.to_prometheus_text()


def test_label_values_are_bounded() -> None:
    """Past 100 values of a label the rest is ``other``, and each is told."""
    full: list[str] = []
    registry = MetricsRegistry(overflowed=full.append)
    hits = registry.counter("hits")
    for number in range(150):
        hits.inc(labels={"user": f"u{number}"})
    samples = shown(registry)
    assert samples["hits_total", ("user", "other")] == 50
    assert len(samples) == 2 * 101  # with the time of each one's creation
    assert full == ["user"] * 50


def test_sets_of_label_names_are_bounded() -> None:
    """Label names made up at each call do not grow without bound."""
    faults: list[str] = []
    registry = MetricsRegistry(guard=Guard(on_fault=faults.append))
    hits = registry.counter("hits")
    for number in range(40):
        hits.inc(labels={f"label_{number}": "x"})
    assert len(faults) == 40 - 16


def test_fifty_threads_lose_nothing() -> None:
    """Every increment counts, also while the metric is being made."""
    registry = MetricsRegistry()
    start = threading.Barrier(50)

    def work(number: int) -> None:
        start.wait()
        for _ in range(100):
            registry.counter("hits", "Hits.").inc(labels={"worker": str(number % 5)})

    threads = [threading.Thread(target=work, args=(number,)) for number in range(50)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    counts = [value for key, value in shown(registry).items() if key[0] == "hits_total"]
    assert counts == [1000] * 5


@given(
    help_text=st.text(min_size=1),
    labels=st.dictionaries(st.sampled_from(["a", "b"]), st.text(), max_size=2),
)
def test_any_text_makes_a_scrape_that_parses(help_text, labels) -> None:
    """Whatever stands in HELP and labels, both forms of the answer can be read."""
    registry = MetricsRegistry()
    registry.counter("hits", help_text).inc(labels=labels)
    assert list(plain_families(registry.to_prometheus_text()))
    body, _ = expose(registry.registry, "application/openmetrics-text")
    assert list(text_string_to_metric_families(body.decode()))
