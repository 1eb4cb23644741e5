"""The canary's trace is in Jaeger, whole and nested as promised."""

import json
from decimal import Decimal

import pytest

from commands.checkout import ROOT
from tests.polling import wait_for

PRICES = "src/agent_telemetry/prices/prices.json"
AGENT, TOOL, LLM = "Agent.Chat", "Tool.lookup_order", "chat "


@pytest.fixture(scope="module")
def spans(canary, jaeger):
    """The canary's spans, as soon as the last of them, the one at the top, has arrived."""

    def arrived():
        found = jaeger.trace(canary.trace_id)
        assert any(span.name == "POST /chat" for span in found), "the top span is not there yet"
        assert any(s.service == "llm-simulator" for s in found), "the simulator's is not there yet"
        return found

    return wait_for(arrived, within=60, what=f"trace {canary.trace_id} is in Jaeger")


def _chain(spans, span):
    """Return a span and everything above it."""
    by_id = {one.span_id: one for one in spans}
    chain = [span]
    while chain[-1].parent_id in by_id:
        chain.append(by_id[chain[-1].parent_id])
    return chain


def test_agent_model_and_tool_are_nested(spans):
    """In Jaeger the canary's model calls and tool are below its agent."""
    top = [span for span in spans if not span.parent_id]
    assert [span.name for span in top] == ["POST /chat"]
    for wanted in (TOOL, LLM):
        found = [span for span in spans if span.name.startswith(wanted)]
        assert found, f"no span {wanted}: {sorted(span.name for span in spans)}"
        for span in found:
            names = [one.name for one in _chain(spans, span)]
            assert AGENT in names[1:], f"{span.name} is not below {AGENT}: {names}"
            assert names[-1] == "POST /chat", names


def test_simulator_serves_below_the_model_call(spans):
    """The simulator's own span is below the agent's model call."""
    served = [span for span in spans if span.service == "llm-simulator"]
    for span in served:
        above = _chain(spans, span)[1:]
        assert any(one.name.startswith(LLM) for one in above), [one.name for one in above]
        assert above[0].service == "example-agent"


def _since(row):
    """Return the first day of a price, as text; a price without one holds since ever."""
    return row.get("from", "")


def test_cost_is_reckoned_from_the_spans(spans, canary):
    """The cost is the spans' tokens times the price table."""
    table = json.loads(
        (ROOT / "src/agent_telemetry/prices/prices.json").read_text(encoding="utf-8")
    )
    prices = {row["model"]: row for row in sorted(table["prices"], key=_since)}
    total = Decimal(0)
    for span in spans:
        used = span.tags.get("gen_ai.usage.input_tokens")
        # The simulator tells its side of the same call.
        if span.service != "example-agent" or used is None:
            continue
        if span.tags.get("gen_ai.request.model") not in prices:
            continue
        price = prices[span.tags["gen_ai.request.model"]]
        cached = span.tags.get("gen_ai.usage.cache_read.input_tokens", 0)
        total += (used - cached) * Decimal(price["input"])
        total += cached * Decimal(price.get("cached", price["input"]))
        total += span.tags.get("gen_ai.usage.output_tokens", 0) * Decimal(price["output"])
    assert float(total) / 1e6 == pytest.approx(canary.answer["cost_usd"], rel=1e-6)
