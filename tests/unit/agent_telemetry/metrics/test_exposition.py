"""What ``/metrics`` shows can be read by everybody who reads metrics."""

import json
import logging

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as openmetrics
from prometheus_client.parser import text_string_to_metric_families as plain_text

from agent_telemetry import ObservabilityStack
from agent_telemetry.catalogue import FAMILIES
from agent_telemetry.metrics.exposition import expose

OPENMETRICS = "application/openmetrics-text; version=1.0.0"


@pytest.fixture
def busy(stack: ObservabilityStack) -> ObservabilityStack:
    """A stack that has told something of every kind, with label values that want escaping."""
    for name in ("plain", 'with "quotes"', "back\\slash", "new\nline", "ünï…"):
        with stack.agent(name, tenant_id=name, user_id="u1"):
            with stack.llm(name, provider="openai") as call:
                call.chunk()
                call.chunk()
                call.usage(input=100, output=10)
            with stack.llm("gpt-4o") as call:
                call.usage(input=100, output=10)
            with pytest.raises(ValueError, match="no"), stack.tool(name):
                raise ValueError("no")
        stack.metrics.cache_request(name, hit=True, tenant_id=name)
    stack.budget("day", limit_usd=1)
    stack.metrics.counter("orders_total", "Orders.").inc()
    logging.getLogger("host").error("failed")
    return stack


def test_both_forms_parse_and_agree(busy: ObservabilityStack) -> None:
    """The strict parser of OpenMetrics and that of the text form find the same families."""
    strict = {
        family.name: family
        for family in openmetrics(expose(busy.registry, OPENMETRICS)[0].decode())
    }
    loose = {family.name for family in plain_text(expose(busy.registry, "text/plain")[0].decode())}
    names = {name.removesuffix("_total") for name in FAMILIES}
    assert names <= set(strict)
    assert {each.removesuffix("_created") for each in loose} >= names
    assert all(family.documentation for family in strict.values())
    values = {s.labels["tenant_id"] for s in strict["agent_cache_requests"].samples}
    assert {'with "quotes"', "back\\slash", "new\nline", "ünï…"} <= values
    told = [s.exemplar for s in strict["ai_model_duration_seconds"].samples if s.exemplar]
    assert told, "exemplars are part of what is parsed"
    assert all(len(each.labels["trace_id"]) == 32 for each in told)
    assert json.dumps(sorted(strict))
