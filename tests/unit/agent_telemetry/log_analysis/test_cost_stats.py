"""What model calls cost, by model and tenant."""

import json
import math
from collections import defaultdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_telemetry.log_analysis.record_filter import RecordFilter
from tests.unit.agent_telemetry.log_analysis.written_logs import analyzer, record, write

number = st.one_of(
    st.none(), st.integers(-5, 2**40), st.floats(-1, 1e6), st.just("7"), st.just("x"),
    st.booleans().map(lambda _: [1]),
)  # fmt: skip
calls = st.fixed_dictionaries(
    {"event": st.sampled_from(["llm_end", "embedding_end", "tool_end", "request_end"])},
    optional={
        "model": st.sampled_from(["gpt-4o", "other", None]),
        "tenant_id": st.sampled_from(["acme", None]),
        "cost_usd": number,
        "tokens_input": st.one_of(st.none(), st.integers(-5, 2**40), st.just("7")),
    },
)


def call(**fields):
    """Return the record of a model call."""
    return record(**{"event": "llm_end", "model": "gpt-4o", "tenant_id": "acme", **fields})


def test_by_model_and_tenant(tmp_path):
    """Calls, tokens and cost add up by model and by tenant, the most expensive first."""
    file = write(
        tmp_path / "app.log",
        call(tokens_input=10, tokens_output=1, cost_usd=0.5),
        call(tokens_input=20, tokens_output=2, cost_usd=0.25, tenant_id="globex"),
        call(model="mini", cost_usd=1, event="embedding_end"),
        record(event="agent_end", extra={"run_cost_usd": 99}, cost_usd=99),
    )
    found = analyzer(file).get_cost_stats()
    assert (found["total_calls"], found["total_cost_usd"]) == (3, 1.75)
    assert list(found["models"]) == ["mini", "gpt-4o"]
    assert found["models"]["gpt-4o"] == {
        "calls": 2, "unpriced_calls": 0, "tokens_input": 30, "tokens_output": 3, "cost_usd": 0.75,
    }  # fmt: skip
    assert {name: each["cost_usd"] for name, each in found["tenants"].items()} == {
        "acme": 1.5,
        "globex": 0.25,
    }
    only = analyzer(file).get_cost_stats(where=RecordFilter(tenant="globex"))
    assert only["total_cost_usd"] == 0.25


def test_model_without_a_price_is_never_free(tmp_path):
    """Calls without a cost are counted as such; where no call has one, the cost is unknown."""
    file = write(tmp_path / "app.log", call(model="new"), call(cost_usd=0))
    found = analyzer(file).get_cost_stats()
    assert found["models"]["new"]["cost_usd"] is None
    assert found["models"]["gpt-4o"]["cost_usd"] == 0
    assert (found["unpriced_calls"], found["total_cost_usd"]) == (1, 0)


def test_nothing_there(tmp_path):
    """No file, no calls, no cost."""
    found = analyzer(tmp_path / "app.log").get_cost_stats()
    assert (found["total_calls"], found["total_cost_usd"], found["models"]) == (0, 0, {})


@given(st.lists(calls, max_size=20))
def test_agrees_with_a_plain_loop(tmp_path_factory, content):
    """Of any records, calls, tokens and costs are those of a loop."""
    records = [record(**each) for each in content]
    file = write(tmp_path_factory.mktemp("any") / "app.log", *records)
    found = analyzer(file).get_cost_stats()
    expected = defaultdict(lambda: [0, 0, 0, 0.0])
    for each in json.loads(json.dumps(records)):
        if each["event"] in {"llm_end", "embedding_end"}:
            told = expected[each.get("model") or "unknown"]
            cost = _positive(each.get("cost_usd"))
            told[0] += 1
            told[1] += cost is None
            told[2] += int(_positive(each.get("tokens_input")) or 0)
            told[3] += cost or 0
    assert found["models"].keys() == expected.keys()
    for name, (count, unpriced, tokens, cost) in expected.items():
        each = found["models"][name]
        assert (each["calls"], each["unpriced_calls"], each["tokens_input"]) == (
            count,
            unpriced,
            tokens,
        )
        assert each["cost_usd"] == (
            pytest.approx(cost, rel=1e-9, abs=1e-8) if unpriced < count else None
        )


def _positive(value):
    if isinstance(value, list) or value is None or value == "x":
        return None
    found = float(value)
    return found if found >= 0 and math.isfinite(found) else None
