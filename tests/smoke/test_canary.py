"""One request with an id of its own gets a whole answer."""

import json
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from commands.checkout import ROOT
from tests.smoke.chat_requests import ANSWER_FIELDS
from tests.smoke.metric_samples import is_trace_id

PRICES = "src/agent_telemetry/prices/prices.json"


def test_canary_answers_with_every_field(canary):
    """The canary is answered with every field and its own id."""
    answer = canary.answer
    assert set(answer) >= ANSWER_FIELDS, f"missing: {sorted(ANSWER_FIELDS - set(answer))}"
    assert answer["request_id"] == canary.request_id
    assert canary.response.headers["x-request-id"] == canary.request_id
    assert is_trace_id(answer["trace_id"])
    assert answer["trace_id"] in canary.response.headers["traceparent"]
    assert answer["reply"].strip()
    assert answer["duration_ms"] > 0
    assert answer["cached"] is False


def test_canary_used_its_tool(canary):
    """The canary is answered by the tool that knows orders."""
    tools = {tool["name"]: tool["status"] for tool in canary.answer["tools"]}
    assert tools.get("lookup_order") == "success", canary.answer["tools"]


def test_cost_is_tokens_times_price(canary):
    """The cost lies where the price table puts that many tokens."""
    answer = canary.answer
    tokens = answer["tokens"]
    assert tokens["input"] > 0
    assert tokens["output"] > 0
    row = _price_row(answer["model"])
    if row is None:
        pytest.skip(f"{answer['model']} is in no price table; its cost is null by design")
    output = tokens["output"] * Decimal(row["output"])
    # How many input tokens came from the provider's cache is not in the answer (test_traces
    # reckons exactly); the cost lies between all of them and none.
    highest = tokens["input"] * Decimal(row["input"]) + output
    lowest = tokens["input"] * Decimal(row.get("cached", row["input"])) + output
    cost = Decimal(str(answer["cost_usd"])) * 1_000_000
    assert lowest * Decimal("0.999999") <= cost <= highest * Decimal("1.000001")


def _price_row(model: str) -> dict[str, str] | None:
    """Return the price in force today, read from the table as data."""
    table = json.loads(
        (ROOT / "src/agent_telemetry/prices/prices.json").read_text(encoding="utf-8")
    )
    today = datetime.now(UTC).date().isoformat()
    rows = [row for row in table["prices"] if row["model"] == model and row["from"] <= today]
    return max(rows, key=lambda row: row["from"], default=None)
