"""Calls that a budget let through count against its limit before they have ended."""

import gc
from contextvars import copy_context
from typing import Any

import pytest

from agent_telemetry import BudgetExceeded

CALL_USD = 0.0025


def call_model(stack: Any, tokens: int = 1000) -> None:
    """Call a model once; 1000 prompt tokens cost CALL_USD."""
    with stack.llm("gpt-4o") as call:
        call.usage(input=tokens, output=0)


def begin_until_refused(stack: Any) -> list[Any]:
    """Begin calls side by side, and end none, until one is refused."""
    begun = []
    try:
        while len(begun) < 100:
            call = stack.llm("gpt-4o")
            copy_context().run(call.__enter__)
            begun.append(call)
    except BudgetExceeded:
        pass
    return begun


@pytest.mark.parametrize("window", ["day", "run"])
def test_no_more_are_begun_than_the_limit_has_room_for(stack, window) -> None:
    """With a tenth spent, nine calls are begun at once; when they have ended the limit is met."""
    stack.budget("ten", limit_usd=CALL_USD * 10, window=window, mode="block")
    with stack.agent("support"):
        call_model(stack)
        begun = begin_until_refused(stack)
        assert len(begun) == 9
        for call in begun:
            call.usage(input=1000, output=0)
            call.end()
        with pytest.raises(BudgetExceeded):
            call_model(stack)


def test_what_cost_nothing_or_was_thrown_away_gives_its_room_back(stack) -> None:
    """Calls without usage, and calls that nobody holds any more, keep no room."""
    stack.budget("three", limit_usd=CALL_USD * 3, mode="block")
    call_model(stack)
    begun = begin_until_refused(stack)
    assert len(begun) == 2
    for call in begun:
        call.end()
    for _ in range(5):
        stack.llm("gpt-4o").__enter__().detach()
        gc.collect()
    call_model(stack)
    call_model(stack)
    with pytest.raises(BudgetExceeded):
        call_model(stack)


def test_tenants_do_not_take_each_others_room(stack) -> None:
    """What one tenant has under way leaves the other's budget alone."""
    stack.budget("each", limit_usd=CALL_USD * 3, scope="tenant", mode="block")
    with stack.agent("support", tenant_id="acme"):
        call_model(stack)
        assert len(begin_until_refused(stack)) == 2
        with stack.agent("support", tenant_id="zeta"):
            call_model(stack)


def test_a_dearer_call_passes_the_limit_by_itself_alone(stack) -> None:
    """A lone call is let through until the limit is reached, whatever it will cost."""
    stack.budget("ten", limit_usd=CALL_USD * 10, mode="block")
    call_model(stack)
    call_model(stack, 100_000)
    with pytest.raises(BudgetExceeded):
        call_model(stack)
