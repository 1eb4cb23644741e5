"""The tools: facts for good arguments, a clear error for all others."""

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from example_app.settings import DATA
from example_app.tools.calculator import calculator
from example_app.tools.compliance import compliance_check
from example_app.tools.orders import Orders
from example_app.tools.price_history import price_history
from example_app.tools.tool import ToolError

ORDERS = {tool.name: tool for tool in Orders(DATA / "orders.toml").tools()}


def test_order_is_found_by_its_number_only() -> None:
    """Order 1042 is there; SQL in a number finds nothing."""
    found = ORDERS["lookup_order"].call('{"order_id": "1042"}')
    assert found["carrier"] == "DHL"
    hostile = json.dumps({"order_id": "' or 1=1 --"})
    assert "error" in ORDERS["lookup_order"].call(hostile)


def test_refund_is_filed_once() -> None:
    """Asking twice gives the same refund number; an unknown order none."""
    first, second = (ORDERS["request_refund"].call('{"order_id": "1044"}') for _ in range(2))
    assert first["refund_id"] == second["refund_id"]
    with pytest.raises(ToolError):
        ORDERS["request_refund"].call('{"order_id": "1"}')


@pytest.mark.parametrize(
    ("expression", "result"),
    [("1 + 2 * 3", 7), ("(211.20 - 237.36) / 237.36 * 100", -11.021234), ("2 ^ 10", 1024)],
)
def test_arithmetic(expression: str, result: float) -> None:
    """Expressions have the value that they have on paper."""
    assert calculator().call(json.dumps({"expression": expression}))["result"] == result


@pytest.mark.parametrize(
    "expression",
    ["", "1 / 0", "9 ** 9 ** 9", "__import__('os')", "a + 1", "'x' * 9", "(" * 400, "1e308 * 10"],
)
def test_what_is_no_arithmetic_is_refused(expression: str) -> None:
    """Code, endless powers and nonsense end in a clear error, at once."""
    with pytest.raises(ToolError):
        calculator().call(json.dumps({"expression": expression}))


@pytest.mark.parametrize("tool", [*ORDERS.values(), calculator(), price_history()])
@given(arguments=st.text() | st.dictionaries(st.text(), st.text() | st.integers()).map(json.dumps))
def test_any_arguments_give_facts_or_a_tool_error(tool, arguments: str) -> None:
    """Whatever a model writes, a tool answers with JSON or a ToolError."""
    with contextlib.suppress(ToolError):
        assert isinstance(json.dumps(tool.call(arguments)), str)


def test_prices_are_the_same_every_day() -> None:
    """A series has the days asked for, oldest first, and does not change."""
    first, second = (price_history().call('{"symbol": "acme", "days": 5}') for _ in range(2))
    assert first == second
    assert [len(first["prices"]), first["symbol"]] == [5, "ACME"]


def test_compliance_finds_promises() -> None:
    """A guarantee does not pass, plain facts do."""
    assert compliance_check().call('{"text": "Returns are guaranteed."}')["verdict"] != "passed"
    assert compliance_check().call('{"text": "ACME closed at 182."}')["verdict"] == "passed"
