"""Exemplars: the span behind one is marked, so that its trace is kept."""

from pathlib import Path

import httpx
import pytest
import yaml
from prometheus_client import Histogram
from prometheus_client.openmetrics.parser import text_string_to_metric_families
from prometheus_client.registry import Collector
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from agent_telemetry import FAMILIES
from agent_telemetry.metrics.exemplars import EXEMPLAR
from agent_telemetry.metrics.exposition import expose
from tests.scrape import samples

ROOT = Path(__file__).parents[4]


def exemplar_traces(stack, name: str) -> set[str]:
    """The traces that a histogram's buckets point at."""
    found = samples(stack.registry, f"{name}_bucket")
    return {sample.exemplar.labels["trace_id"] for sample in found if sample.exemplar}


def one_chat(stack) -> str:
    """A run with everything in it; return its trace."""
    with stack.agent("support") as run:
        with stack.llm("gpt-4o") as call:
            call.chunk()
            call.chunk()
            call.usage(input=10, output=2)
        with stack.tool("lookup"):
            pass
    return run.trace_id


def test_span_behind_an_exemplar_is_marked(stack, spans) -> None:
    """The first run gives the exemplars: its spans say so; the second gives none and is bare."""
    first, second = one_chat(stack), one_chat(stack)
    assert exemplar_traces(stack, "gen_ai_invoke_agent_inference_calls") == {first}
    assert stack.flush(5)
    for span in spans.get_finished_spans():
        if format(span.context.trace_id, "032x") == first:
            assert span.attributes[EXEMPLAR] is True
        elif span.name == "Agent.Chat":
            assert format(span.context.trace_id, "032x") == second


def test_every_trace_of_an_exemplar_has_a_marked_span(stack, spans) -> None:
    """Whatever histogram an exemplar stands in, its trace has a span that keeps it."""
    for _ in range(20):
        one_chat(stack)
    assert stack.flush(5)
    marked = {
        format(span.context.trace_id, "032x")
        for span in spans.get_finished_spans()
        if (span.attributes or {}).get(EXEMPLAR) is True
    }
    body, _ = expose(stack.registry, "application/openmetrics-text; version=1.0.0")
    shown = {
        sample.exemplar.labels["trace_id"]
        for family in text_string_to_metric_families(body.decode())
        for sample in family.samples
        if sample.exemplar
    }
    assert shown
    assert shown <= marked


@pytest.mark.parametrize("anyio_backend", ["asyncio"])
@pytest.mark.anyio
async def test_span_of_a_request_is_marked(stack, finished, anyio_backend) -> None:
    """The request that gives its latency's exemplar has a marked SERVER span."""

    async def hello(_request: Request) -> PlainTextResponse:
        return PlainTextResponse("hello")

    app = Starlette(routes=[Route("/hello", hello)])
    stack.instrument(app)
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        await client.get("/hello")
    span = finished()["GET /hello"]
    trace = format(span.context.trace_id, "032x")
    assert exemplar_traces(stack, "agent_request_duration_seconds") == {trace}
    assert span.attributes[EXEMPLAR] is True


def test_tail_sampling_looks_at_the_same_attribute() -> None:
    """The policy in Jaeger's configuration names the attribute that the library sets."""
    config = yaml.safe_load((ROOT / "jaeger" / "jaeger-tail.yml").read_text("utf-8"))
    policies = config["processors"]["tail_sampling"]["policies"]
    policy = next(each for each in policies if each["type"] == "boolean_attribute")
    assert policy["boolean_attribute"] == {"key": EXEMPLAR, "value": True}


def test_latency_histograms_of_operations_have_exemplars(stack) -> None:
    """Every histogram in seconds or milliseconds that a chat feeds points at its trace."""
    trace = one_chat(stack)
    ours = {"telemetry_overhead_seconds"}  # belongs to no trace
    for name, family in FAMILIES.items():
        is_time = family.type == "histogram" and family.unit in {"seconds", "milliseconds"}
        counts = samples(stack.registry, f"{name}_count")
        if is_time and name not in ours and any(sample.value for sample in counts):
            assert exemplar_traces(stack, name) == {trace}, name


def test_every_value_is_in_the_bucket_of_the_client_library(make_stack) -> None:
    """Bounds themselves and values past the last one count as they should."""
    stack = make_stack(exemplar_seconds=3600)
    bounds = FAMILIES["ai_model_duration_seconds"].buckets
    for value in (0.0, bounds[0], bounds[1], bounds[-1], bounds[-1] + 1):
        stack.metrics.observe("ai_model_duration_seconds", value, model="m")
    own = Histogram("own", "own", buckets=bounds, registry=None)
    for value in (0.0, bounds[0], bounds[1], bounds[-1], bounds[-1] + 1):
        own.observe(value)

    def buckets(collector: Collector) -> list[float]:
        found = [each for family in collector.collect() for each in family.samples]
        return [each.value for each in found if each.name.endswith("_bucket")]

    ours = stack.metrics.family("ai_model_duration_seconds").collector
    assert buckets(ours) == buckets(own)
