"""Recent numbers: right over the window, forgotten after it, bounded whatever comes."""

import statistics

from hypothesis import given
from hypothesis import strategies as st

from agent_telemetry.clock import ManualClock
from agent_telemetry.recent import LONGEST_SECONDS, Recent, Timed


def test_only_the_window_counts() -> None:
    """What is older than the seconds asked for is in no number."""
    clock = ManualClock()
    recent = Recent(clock)
    recent.request("/chat", 0.2, failed=True)
    clock.advance(3000)
    recent.request("/chat", 0.4, failed=False)
    assert recent.requests(3600)["/chat"].count == 2
    assert recent.requests(600)["/chat"].count == 1
    clock.advance(3600)
    assert recent.requests(3600) == {}


def test_errors_come_by_type_most_frequent_first() -> None:
    """Types are counted; the order is that of their number."""
    recent = Recent(ManualClock())
    for kind in ("Timeout", "rate_limit", "rate_limit"):
        recent.error(kind)
    assert list(recent.errors(3600).items()) == [("rate_limit", 2), ("Timeout", 1)]


def test_memory_is_bounded() -> None:
    """A day of ten thousand names a minute keeps two hours of at most 201 names."""
    clock = ManualClock()
    recent = Recent(clock)
    for _ in range(3):
        for number in range(10_000):
            recent.request(f"/{number}", 0.1, failed=False)
            recent.error(f"E{number}")
        clock.advance(60)
    found = recent.requests(LONGEST_SECONDS)
    assert len(found) == 201
    assert sum(each.count for each in found.values()) == 30_000
    assert sum(recent.errors(LONGEST_SECONDS).values()) == 30_000
    for _ in range(300):
        clock.advance(60)
        recent.model_call("m", 0.1, failed=False, tokens=3)
    assert recent.models(10 * LONGEST_SECONDS)["m"].count == 120


@given(st.lists(st.floats(min_value=0.002, max_value=600), min_size=1, max_size=200))
def test_percentiles_are_near_the_true_ones(times: list[float]) -> None:
    """P95 lies between the true one (nearest rank) and 10 % above it; the average is exact."""
    timed = Timed()
    for seconds in times:
        timed.add(seconds, failed=False)
    rank = -(-95 * len(times) // 100)
    true = sorted(times)[rank - 1]
    assert true <= timed.percentile(0.95) * 1.000001
    assert timed.percentile(0.95) <= true * 1.1001
    assert abs(timed.average() - statistics.fmean(times)) < 1e-9 * max(times)
