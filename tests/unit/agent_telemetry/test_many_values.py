"""100 000 tenants, users, models, tools and paths: series stay at the caps, totals stay exact."""

import gc
import tracemalloc

from prometheus_client.openmetrics.parser import text_string_to_metric_families
from prometheus_client.samples import Sample

from agent_telemetry import ObservabilityStack
from agent_telemetry.clock import ManualClock
from agent_telemetry.metrics.exposition import expose
from agent_telemetry.metrics.label_bounds import FAMILY_CAP, LABEL_CAPS, OTHER

VALUES = 100_000
#: What everything in the process may grow by from the 50 000th value to the last.
GROWTH_BYTES = 2**20
#: Family, and its label that gets a new value each time.
WRITTEN = {
    "agent_requests_total": "tenant_id",
    "agent_api_cost_usd_total": "model",
    "agent_tool_calls_total": "tool_name",
    "http_requests_total": "endpoint",
}


def write(stack: ObservabilityStack, number: int) -> None:
    """Count something for one more tenant, user, model, tool and path."""
    metrics, tenant, path = stack.metrics, f"tenant-{number}", f"/path/{number}"
    metrics.inc(
        "agent_requests_total", method="POST", endpoint=path, status="success", tenant_id=tenant
    )
    metrics.inc("agent_api_cost_usd_total", 0.5, model=f"model-{number}", tenant_id=tenant)
    metrics.inc("agent_tool_calls_total", tool_name=f"tool-{number}", status="success")
    metrics.inc("http_requests_total", method="POST", endpoint=path, status="200")
    stack.activity.seen(f"user-{number}", tenant)


def read(stack: ObservabilityStack) -> dict[str, list[Sample]]:
    """Return the samples of a scrape by name."""
    text = expose(stack.registry, "application/openmetrics-text; version=1.0.0")[0].decode()
    found: dict[str, list[Sample]] = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            found.setdefault(sample.name, []).append(sample)
    return found


def test_series_stop_at_the_caps_and_totals_are_exact(
    stack: ObservabilityStack, clock: ManualClock
) -> None:
    """Each label keeps its first values and `other`; sums are exact; memory is flat."""
    for number in range(VALUES // 2):
        write(stack, number)
        clock.advance(0.3)
    assert stack.flush(30)
    gc.collect()
    tracemalloc.start()
    try:
        for number in range(VALUES // 2, VALUES):
            write(stack, number)
            clock.advance(0.3)
        gc.collect()
        grown, _peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert grown < GROWTH_BYTES
    found = read(stack)
    for name, label in WRITTEN.items():
        samples = found[name]
        values = {each.labels[label] for each in samples} - {""}
        assert len(values) == LABEL_CAPS[label] + 1, name
        assert OTHER in values
        assert len(samples) <= FAMILY_CAP + 1, name
        assert sum(each.value for each in samples) == VALUES * (0.5 if "usd" in name else 1), name
    overflow = {
        each.labels["label"]: each.value for each in found["telemetry_label_overflow_total"]
    }
    # How many of the families above have the label.
    for label, families in {"tenant_id": 2, "model": 1, "endpoint": 2, "tool_name": 1}.items():
        assert overflow[label] == families * (VALUES - LABEL_CAPS[label]), label


def test_runs_of_as_many_names_are_bounded_too(stack: ObservabilityStack) -> None:
    """Agents, calls and tools told as people tell them: the same bounds hold for every family."""
    runs = 300
    for number in range(runs):
        with stack.agent(
            f"agent-{number}",
            tenant_id=f"tenant-{number}",
            user_id=f"user-{number}",
            agent_id=f"slot-{number}",
        ):
            with stack.llm(f"model-{number}") as call:
                call.chunk()
                call.usage(input=10, output=5)
            with stack.tool(f"tool-{number}"):
                pass
    found = read(stack)
    for name, samples in found.items():
        for label, cap in LABEL_CAPS.items():
            values = {each.labels[label] for each in samples if label in each.labels} - {""}
            assert len(values) <= cap + 1, (name, label)
    for name in ("ai_model_calls_total", "agent_unpriced_calls_total", "agent_tool_calls_total"):
        assert sum(each.value for each in found[name]) == runs, name
    assert [each.value for each in found["agent_concurrent_users"]] == [runs]
