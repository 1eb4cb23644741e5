"""Budgets: asked before the call, warned once, blocked with everything told right."""

import asyncio
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agent_telemetry import BudgetExceeded, BudgetWarning, ObservabilityStack

DAY = 86400
#: 1000 prompt tokens of gpt-4o cost 0.0025 USD.
CALL_USD = 0.0025


def call_model(stack: ObservabilityStack, calls: int = 1, **whom: str) -> int:
    """Call a model some times, each in a run of its own; return how many calls were made."""
    made = 0
    for _ in range(calls):
        with stack.agent("support", **whom), stack.llm("gpt-4o") as call:
            made += 1
            call.usage(input=1000, output=0)
    return made


def value(stack: ObservabilityStack, name: str, **labels: str) -> float | None:
    """Read one sample as a scrape would."""
    return stack.registry.get_sample_value(name, labels)


def warned(stack: ObservabilityStack, name: str, window: str = "day") -> dict[str, float | None]:
    """Return how many warnings of each share a budget gave."""
    return {
        percent: value(
            stack, "agent_budget_warnings_total", budget=name, window=window, percent=percent
        )
        for percent in ("50", "80", "95", "100")
    }


def test_a_spent_budget_refuses_the_call(stack, finished, log_lines) -> None:
    """The call is not made; span, metrics and log say failed with `budget_exceeded`, once."""
    stack.budget("acme", limit_usd=CALL_USD * 2, scope="tenant", key="acme", mode="block")
    assert call_model(stack, 2, tenant_id="acme") == 2
    run = stack.agent("support", tenant_id="acme")
    with pytest.raises(BudgetExceeded) as caught, run, stack.llm("gpt-4o"):
        pytest.fail("the call was made")
    error = caught.value
    assert (error.budget, error.scope, error.window, error.key) == ("acme", "tenant", "day", "acme")
    assert error.spent_usd == error.limit_usd == 0.005
    assert str(error) == (
        "budget acme (tenant acme, day) is spent: $0.005 of $0.005; the model was not called"
    )
    span = finished()["chat gpt-4o"]
    assert not span.status.is_ok
    assert span.attributes["error.type"] == "budget_exceeded"
    told = [line for line in log_lines() if line["level"] == "ERROR"]
    assert [(line["event"], line["error_type"]) for line in told] == [
        ("llm_end", "budget_exceeded")
    ]
    assert "cost_usd" not in told[0]
    assert value(stack, "ai_model_calls_total", model="gpt-4o", status="error") == 1
    assert value(stack, "ai_model_calls_total", model="gpt-4o", status="success") == 2
    assert value(stack, "agent_budget_blocked_total", budget="acme", window="day") == 1
    labels = {"error_type": "budget_exceeded", "agent_id": "unknown", "tenant_id": "acme"}
    assert value(stack, "agent_errors_total", **labels) == 1


def test_others_go_on(stack) -> None:
    """Another tenant, and a call of no tenant, are none of a tenant's budget."""
    stack.budget("each", limit_usd=CALL_USD, scope="tenant", mode="block")
    assert call_model(stack, tenant_id="acme") == 1
    with pytest.raises(BudgetExceeded):
        call_model(stack, tenant_id="acme")
    assert call_model(stack, tenant_id="globex") == 1
    assert call_model(stack, 3) == 3


@pytest.mark.parametrize(
    ("options", "whom"),
    [
        ({"scope": "all"}, {}),
        ({"scope": "user"}, {"user_id": "ann"}),
        ({"scope": "user", "key": "ann"}, {"user_id": "ann"}),
        ({"scope": "agent"}, {}),
        ({"scope": "agent", "key": "support"}, {}),
        ({"scope": "tenant", "window": "hour"}, {"tenant_id": "acme"}),
        ({"scope": "tenant", "window": "month"}, {"tenant_id": "acme"}),
    ],
)
def test_each_scope_and_window_has_its_limit(stack, options, whom) -> None:
    """Whatever has the budget, the call after its limit is refused."""
    stack.budget("b", limit_usd=CALL_USD * 3, mode="block", **options)
    assert call_model(stack, 3, **whom) == 3
    with pytest.raises(BudgetExceeded):
        call_model(stack, **whom)


@pytest.mark.parametrize(("window", "seconds"), [("hour", 3600), ("day", DAY), ("month", 31 * DAY)])
def test_a_new_window_has_a_new_budget(stack, clock, window, seconds) -> None:
    """At the next hour, day or month (UTC) calls are made again, and warnings given again."""
    stack.budget("b", limit_usd=CALL_USD, window=window, mode="block")
    for _ in range(2):
        assert call_model(stack) == 1
        with pytest.raises(BudgetExceeded):
            call_model(stack)
        assert stack.ledger.flush(5)
        clock.advance(seconds)
    assert warned(stack, "b", window) == {"50": 2, "80": 2, "95": 2, "100": 2}


def test_warnings_come_once_each(stack, log_lines) -> None:
    """At 50, 80, 95 and 100 % there is one log line, one count and one call-back each."""
    seen: list[BudgetWarning] = []
    stack.budgets.on_warning(seen.append)
    stack.budget("acme", limit_usd=CALL_USD * 20, scope="tenant", key="acme")
    for calls in (9, 1, 6, 3, 1, 5):
        call_model(stack, calls, tenant_id="acme", user_id="ann")
        assert stack.ledger.flush(5)
    assert warned(stack, "acme") == {"50": 1, "80": 1, "95": 1, "100": 1}
    assert stack.budgets.flush(5)
    assert [(each.percent, round(each.spent_usd / CALL_USD)) for each in seen] == [
        (50, 10),
        (80, 16),
        (95, 19),
        (100, 20),
    ]
    lines = [line for line in log_lines() if line["event"] == "budget_warning"]
    assert [line["extra"]["percent"] for line in lines] == [50, 80, 95, 100]
    assert {line["level"] for line in lines} == {"WARN"}
    assert {line["tenant_id"] for line in lines} == {"acme"}
    assert (
        lines[0]["message"]
        == "Budget acme of tenant acme: 50 % of $0.05 reached ($0.025 in this day)"
    )
    assert value(stack, "agent_budget_limit_usd", budget="acme", window="day") == 0.05
    spent = value(stack, "agent_budget_spent_usd", budget="acme", window="day")
    assert spent == pytest.approx(25 * CALL_USD)


def test_observe_says_nothing(stack, log_lines) -> None:
    """A budget that only observes is shown, and neither warns nor blocks."""
    stack.budget("quiet", limit_usd=CALL_USD, mode="observe")
    stack.budget("quiet-run", limit_usd=CALL_USD, scope="run", mode="observe")
    assert call_model(stack, 4) == 4
    spent = value(stack, "agent_budget_spent_usd", budget="quiet", window="day")
    assert spent == pytest.approx(4 * CALL_USD)
    assert warned(stack, "quiet") == {"50": 0, "80": 0, "95": 0, "100": 0}
    assert not [line for line in log_lines() if line["event"] == "budget_warning"]


def test_a_call_that_was_made_elsewhere_is_not_refused(stack) -> None:
    """What is only reported afterwards is booked, though the budget is spent."""
    stack.budget("all", limit_usd=CALL_USD, mode="block")
    call_model(stack)
    stack.tracer.record_llm_call("gpt-4o", 1000, 0, 0.5, 10)
    spent = value(stack, "agent_budget_spent_usd", budget="all", window="day")
    assert spent == pytest.approx(0.5 + CALL_USD)


def test_asynchronous_calls_are_refused_too(stack) -> None:
    """`async with` raises before its body runs, and the context is as before."""
    stack.budget("all", limit_usd=CALL_USD, mode="block")
    call_model(stack)

    async def ask() -> None:
        async with stack.llm("gpt-4o"):
            pytest.fail("the call was made")

    with pytest.raises(BudgetExceeded):
        asyncio.run(ask())
    with stack.chain("after") as after:
        assert after.parent is None


def test_a_broken_call_back_does_no_harm(make_stack) -> None:
    """A call-back that raises is counted; the others are called, the next warnings come."""
    stack = make_stack(strict=False)
    seen: list[int] = []

    def broken(_warning: BudgetWarning) -> None:
        raise RuntimeError("call-back is broken")

    stack.budgets.on_warning(broken)
    stack.budgets.on_warning(lambda warning: seen.append(warning.percent))
    stack.budget("all", limit_usd=CALL_USD)
    call_model(stack)
    assert stack.ledger.flush(5)
    call_model(stack)
    assert stack.ledger.flush(5)
    assert stack.budgets.flush(5)
    assert seen == [50, 80, 95, 100]
    assert value(stack, "telemetry_faults_total", where="budget.on_warning") == 4


def test_a_broken_ledger_lets_calls_through(make_stack, monkeypatch) -> None:
    """A fault while a budget is looked up is counted, and the call is made."""
    stack = make_stack(strict=False)
    stack.budget("all", limit_usd=CALL_USD, mode="block")

    def broken(*_args: Any, **_options: Any) -> int:
        raise RuntimeError("no balance")

    monkeypatch.setattr(stack.ledger, "balance", broken)
    assert call_model(stack, 3) == 3
    assert value(stack, "telemetry_faults_total", where="budget") == 3


def test_without_blocking_budgets_nothing_is_looked_up(stack, monkeypatch) -> None:
    """Calls ask for no balance while no budget may refuse them."""
    stack.budget("warns", limit_usd=CALL_USD, mode="warn")
    monkeypatch.setattr(stack.budgets, "refusal", lambda _call: pytest.fail("looked up"))
    assert call_model(stack, 3) == 3


def test_budgets_are_reported(stack) -> None:
    """The report names each budget with its limit and what the dearest key has spent."""
    stack.budget("users", limit_usd="0.5", scope="user", window="month", mode="block")
    call_model(stack, 1, user_id="ann")
    call_model(stack, 3, user_id="bob")
    assert stack.budgets.report() == [
        {
            "name": "users",
            "scope": "user",
            "key": None,
            "window": "month",
            "mode": "block",
            "limit_usd": 0.5,
            "spent_usd": pytest.approx(3 * CALL_USD),
        }
    ]


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.integers(1, 10**5),
    st.lists(st.tuples(st.integers(0, 40_000), st.booleans()), min_size=1, max_size=30),
)
def test_no_call_is_made_once_the_limit_is_reached(make_stack, limit, calls) -> None:
    """However calls and writes follow each other, a call is made exactly while less is spent."""
    stack = make_stack()
    stack.budget("b", limit_usd=limit * CALL_USD / 1000, mode="block")
    spent = 0
    for tokens, flush in calls:
        refused = spent >= limit
        try:
            with stack.llm("gpt-4o") as call:
                call.usage(input=tokens, output=0)
                spent += tokens
            assert not refused
        except BudgetExceeded:
            assert refused
        if flush:
            assert stack.ledger.flush(5)
