"""Warnings of budgets reach the same people, once a share, and end with the budget's window."""

import pytest

from tests.polling import wait_for
from tests.unit.agent_telemetry.alerting.alert_doubles import Remembering


@pytest.fixture
def memory(stack) -> Remembering:
    """Is told of the stack's alerts."""
    found = Remembering()
    stack.alerts.handler.add(found)
    return found


def _spend(stack, **whose: str) -> None:
    """Make a call that costs $0.0035."""
    with stack.agent("support", **whose), stack.llm("gpt-4o", provider="openai") as call:
        call.usage(input=1000, output=100)
    assert stack.flush(5)


def test_each_share_is_told_with_its_value(stack, memory):
    """50, 80, 95 and 100 % are told as they come, as one alert with budget, window and tenant."""
    stack.budget("tenants", limit_usd="0.007", scope="tenant")
    _spend(stack, tenant_id="acme")
    wait_for(lambda: len(memory.told) == 1, within=10, what="50 %", pause=0.01)
    _spend(stack, tenant_id="acme")
    wait_for(lambda: len(memory.told) == 4, within=10, what="100 %", pause=0.01)
    first, last = memory.told[0], memory.told[-1]
    assert (first.name, first.severity, first.value) == ("BudgetNearlySpent", "warning", 0.5)
    assert first.labels == {
        "budget": "tenants", "window": "day", "tenant_id": "acme", "scope": "budget",
        "service": "test-agent",
    }  # fmt: skip
    assert first.description == (
        "Budget tenants of tenant acme: 50 % of $0.007 reached ($0.0035 in this day)"
    )
    assert "100 % of $0.007" in last.description
    assert len({alert.fingerprint for alert in memory.told}) == 1
    assert [each["state"] for each in stack.alerts.state()] == ["firing"]


def test_it_ends_with_the_window(stack, memory, clock):
    """At midnight UTC the day's budget is new: the alert is resolved and told so."""
    stack.budget("all", limit_usd="0.007", window="day")
    _spend(stack)
    wait_for(lambda: len(memory.told) == 1, within=10, what="50 %", pause=0.01)
    alert = memory.told[0]
    assert alert.expires_at is not None
    assert (alert.expires_at.hour, alert.expires_at.minute) == (0, 0)
    clock.advance(alert.expires_at.timestamp() - clock.time() - 1)
    assert stack.alerts.evaluate() == []
    clock.advance(1)
    assert [each.status for each in stack.alerts.evaluate()] == ["resolved"]


def test_id_of_a_user_is_told_to_nobody(stack, memory):
    """A user's budget warns without saying whose it is: the log line of the warning does."""
    stack.budget("users", limit_usd="0.007", scope="user")
    _spend(stack, user_id="ann-4711")
    wait_for(lambda: len(memory.told) == 1, within=10, what="50 %", pause=0.01)
    told = str(memory.told[0].as_dict())
    assert "ann-4711" not in told
    assert "users" in told


@pytest.mark.parametrize(
    ("window", "end"),
    [("hour", "2023-11-14T23:00:00+00:00"), ("month", "2023-12-01T00:00:00+00:00")],
)
def test_windows_end_by_the_calendar(stack, memory, window, end):
    """Hours and months end in UTC."""
    stack.budget("all", limit_usd="0.007", window=window)
    _spend(stack)
    wait_for(lambda: len(memory.told) == 1, within=10, what="50 %", pause=0.01)
    assert memory.told[0].expires_at.isoformat() == end


def test_budget_of_a_run_ends_soon(stack, memory, clock):
    """A run has no calendar: its alert is over after five minutes."""
    stack.budget("runs", limit_usd="0.007", scope="run")
    _spend(stack)
    wait_for(lambda: len(memory.told) == 1, within=10, what="50 %", pause=0.01)
    clock.advance(300)
    assert [each.status for each in stack.alerts.evaluate()] == ["resolved"]
