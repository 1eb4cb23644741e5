"""Budgets of single runs."""

import pytest

from agent_telemetry import BudgetExceeded, ObservabilityStack

#: 1000 prompt tokens of gpt-4o cost 0.0025 USD.
CALL_USD = 0.0025


def call_model(stack: ObservabilityStack) -> None:
    """Call a model."""
    with stack.llm("gpt-4o") as call:
        call.usage(input=1000, output=0)


def test_a_run_has_a_budget_of_its_own(stack, log_lines) -> None:
    """Within one run calls stop at the limit, tools and unpriced models between them or not."""
    stack.budget("run", limit_usd=CALL_USD * 2, scope="run", mode="block")
    made = []

    def run() -> None:
        with stack.agent("support"):
            for _ in range(5):
                with stack.chain("step"), stack.llm("gpt-4o") as call:
                    made.append(1)
                    call.usage(input=1000, output=0)
                with stack.llm("llama-9") as unpriced:
                    unpriced.usage(input=1000, output=0)

    for _ in range(2):
        with pytest.raises(BudgetExceeded):
            run()
    assert len(made) == 4
    lines = [line for line in log_lines() if line["event"] == "budget_warning"]
    assert [line["extra"]["percent"] for line in lines] == [50, 80, 95, 100] * 2
    assert all(line["trace_id"] for line in lines)


def test_a_run_of_one_tenant_only(stack) -> None:
    """A budget for runs of one tenant leaves those of another alone."""
    stack.budget("t", limit_usd=CALL_USD, scope="tenant", key="acme", window="run", mode="block")

    def run(tenant: str) -> None:
        with stack.agent("support", tenant_id=tenant):
            for _ in range(3):
                call_model(stack)

    run("globex")
    with pytest.raises(BudgetExceeded):
        run("acme")


def test_the_dearest_run_under_way_is_shown(stack) -> None:
    """For runs, spending is that of the dearest run that goes on; none, no sample."""
    stack.budget("run", limit_usd=1, scope="run")
    labels = {"budget": "run", "window": "run"}
    with stack.agent("support"):
        call_model(stack)
    assert stack.registry.get_sample_value("agent_budget_spent_usd", labels) is None
    with stack.agent("support"):
        call_model(stack)
        call_model(stack)
        shown = stack.registry.get_sample_value("agent_budget_spent_usd", labels)
    assert shown == pytest.approx(2 * CALL_USD)
