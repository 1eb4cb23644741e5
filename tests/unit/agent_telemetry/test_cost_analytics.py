"""The guides' cost tools."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_telemetry import BudgetAlert, CostAnalytics


@pytest.mark.parametrize(
    ("limit", "spent", "threshold", "expected"),
    [
        (100, 83, 80, "Budget alert: 83.0% of $100.00 spent"),
        (100, 80, 80, "Budget alert: 80.0% of $100.00 spent"),
        (100, 79.99, 80, None),
        (0.3, 0.24, 80, "Budget alert: 80.0% of $0.30 spent"),
        (50, 60, 80, "Budget alert: 120.0% of $50.00 spent"),
        (100, 50, 50, "Budget alert: 50.0% of $100.00 spent"),
        (0, 10, 80, None),
        (None, 10, 80, None),
        (100, 0, 80, None),
    ],
)
def test_budget_alert(limit, spent, threshold, expected) -> None:
    """At or above the threshold there is the text, below it and without a limit there is none."""
    assert BudgetAlert(limit, spent, threshold_pct=threshold).check() == expected


def test_the_threshold_is_eighty_percent() -> None:
    """Without a threshold it is 80 %."""
    assert BudgetAlert(budget_limit=10, current_spend=7.9).check() is None
    assert BudgetAlert(budget_limit=10, current_spend=8).check() is not None


def test_no_calls_have_no_cost() -> None:
    """The summary of nothing is zero, not an error."""
    assert CostAnalytics().summary() == {
        "total_cost": 0,
        "total_tokens": 0,
        "avg_cost_per_call": 0,
    }


def test_calls_add_up() -> None:
    """Cost, tokens and average are those of the recorded calls."""
    analytics = CostAnalytics()
    analytics.record_call(100, 20, 0.1)
    analytics.record_call(prompt_tokens=300, completion_tokens=80, cost=0.2)
    assert analytics.summary() == {
        "total_cost": 0.3,
        "total_tokens": 500,
        "avg_cost_per_call": 0.15,
    }


@pytest.mark.parametrize("cost", [None, float("nan"), float("inf"), -1.0])
def test_an_unknown_cost_is_not_zero(cost) -> None:
    """A call without a known cost counts its tokens and does not pull the average down."""
    analytics = CostAnalytics()
    analytics.record_call(10, 10, 0.5)
    analytics.record_call(10, 10, cost)
    assert analytics.summary() == {
        "total_cost": 0.5,
        "total_tokens": 40,
        "avg_cost_per_call": 0.5,
    }


@given(st.lists(st.integers(0, 10**6), max_size=200))
def test_sums_do_not_drift(cents) -> None:
    """Any number of amounts adds up to the cent."""
    analytics = CostAnalytics()
    for each in cents:
        analytics.record_call(1, 1, each / 100)
    assert analytics.summary()["total_cost"] == sum(cents) / 100
