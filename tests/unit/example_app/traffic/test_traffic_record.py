"""The counts that the traffic reports."""

import pytest

from example_app.traffic.traffic_record import TrafficRecord


def test_outcomes_are_told_apart():
    """Success, refusal, failure and no answer are counted each in its place."""
    record = TrafficRecord()
    record.add(200, {"cached": False, "cost_usd": 0.25}, 1.0)
    record.add(200, {"cached": True, "cost_usd": 0}, 0.01)
    record.add(200, {"cached": False, "cost_usd": None}, 0.5)
    record.add(422, {}, 0.01)
    record.add(429, {}, 0.01)
    record.add(503, {}, 2.0)
    record.add(0, {}, 3.0)
    assert record.as_json() == {
        "requests": 7,
        "succeeded": 3,
        "client_errors": 2,
        "failed": 2,
        "cached": 1,
        "unpriced": 1,
        "cost_usd": 0.25,
        "p95_ms": 3000.0,
    }


@pytest.mark.parametrize(("count", "expected"), [(1, 1000.0), (20, 19000.0), (100, 95000.0)])
def test_percentile(count, expected):
    """The 95th percentile is the smallest duration that 95 % do not exceed."""
    record = TrafficRecord()
    for seconds in range(1, count + 1):
        record.add(200, {}, float(seconds))
    assert record.as_json()["p95_ms"] == expected


def test_nothing_seen():
    """A minute without requests has no percentile."""
    assert TrafficRecord().as_json()["p95_ms"] is None
