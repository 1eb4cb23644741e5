"""Percentiles by nearest rank."""

import math
import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_telemetry.percentile import percentile

NUMBERS = st.lists(st.floats(0, 1e6), min_size=1, max_size=200)


def test_one_value_is_every_percentile() -> None:
    """A single trace is its own P50, P95 and P99."""
    assert [percentile([7.0], percent) for percent in (50, 95, 99, 100)] == [7.0] * 4


def test_known_ranks() -> None:
    """The textbook example of nearest rank."""
    ordered = [15.0, 20.0, 35.0, 40.0, 50.0]
    found = [percentile(ordered, percent) for percent in (5, 30, 40, 50, 100)]
    assert found == [15.0, 20.0, 20.0, 35.0, 50.0]


def test_no_value_is_an_error() -> None:
    """Nothing has no percentile."""
    with pytest.raises(ValueError, match="at least one"):
        percentile([], 50)


@given(NUMBERS, st.integers(1, 100))
def test_it_is_the_least_value_that_enough_do_not_exceed(values, percent) -> None:
    """By definition: at least P percent are at or below it, and no smaller value has that."""
    ordered = sorted(values)
    found = percentile(ordered, percent)
    enough = math.ceil(percent / 100 * len(ordered))
    assert sum(each <= found for each in ordered) >= enough
    assert sum(each < found for each in ordered) < enough


@given(NUMBERS)
def test_median_of_an_odd_number_is_the_middle(values) -> None:
    """For an odd number of values P50 is the median."""
    odd = values if len(values) % 2 else values[:-1] or [0.0, 1.0, 2.0]
    if len(odd) % 2:
        assert percentile(sorted(odd), 50) == statistics.median(odd)
