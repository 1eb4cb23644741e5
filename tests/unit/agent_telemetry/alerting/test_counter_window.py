"""What counters grew by within a window, and quantiles of a histogram."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_telemetry.alerting.counter_window import CounterWindow, quantile


def test_increase_is_that_of_the_window():
    """What was counted longer ago than the window is no part of the increase."""
    window: CounterWindow[str] = CounterWindow(60)
    window.begin(0, {})
    assert window.increases(1, {"a": 5.0}) == {"a": 5}
    assert window.increases(30, {"a": 7.0}) == {"a": 7}
    assert window.increases(61, {"a": 9.0}) == {"a": 4}
    assert window.increases(125, {"a": 9.0}) == {"a": 0}


def test_new_counter_counts_from_zero_and_a_fallen_one_began_anew():
    """The first failure of a new series counts; a counter that fell is taken as it is."""
    window: CounterWindow[str] = CounterWindow(60)
    window.begin(0, {"a": 10.0})
    assert window.increases(10, {"a": 3.0, "b": 1.0}) == {"a": 3, "b": 1}


def test_first_reading_of_an_unknown_past_is_no_increase():
    """Without a beginning the first reading is the beginning."""
    window: CounterWindow[str] = CounterWindow(60)
    assert window.increases(0, {"a": 10.0}) == {"a": 0}
    assert window.increases(1, {"a": 11.0}) == {"a": 1}


@given(st.lists(st.tuples(st.floats(0.1, 50), st.integers(0, 5)), max_size=300))
def test_increase_covers_the_window_and_memory_is_bounded(steps):
    """It is at least what came within the window, at most what came within one reading more."""
    window: CounterWindow[str] = CounterWindow(60)
    window.begin(0, {})
    now, total = 0.0, 0.0
    events: list[tuple[float, int]] = []
    longest = max((pause for pause, _ in steps), default=0) + 1
    for pause, more in steps:
        now += pause
        total += more
        events.append((now, more))
        found = window.increases(now, {"a": total})["a"]
        assert found >= sum(n for at, n in events if at > now - 60)
        assert found <= sum(n for at, n in events if at > now - 61 - 2 * longest)
        assert window.length <= 63


def test_quantile_is_that_of_prometheus():
    """Interpolated within the bucket; beyond the last finite bound it is that bound."""
    buckets = {1.0: 50.0, 2.0: 100.0, math.inf: 100.0}
    assert quantile(0.95, buckets) == pytest.approx(1.9)
    assert quantile(0.95, {1.0: 0.0, 10.0: 0.0, math.inf: 5.0}) == 10
    assert quantile(0.95, {1.0: 0.0, math.inf: 0.0}) is None
    assert quantile(0.95, {}) is None
