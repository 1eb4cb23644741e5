"""The counts that the traffic reports."""

import pytest

from example_app.traffic.traffic_record import Outcome, TrafficRecord


def test_outcomes_are_told_apart():
    """Success, feedback, refusal, failure and no answer are counted each in its place."""
    record = TrafficRecord()
    record.add(Outcome(200, 1.0, {"cached": False, "cost_usd": 0.25}, first_token=0.4))
    record.add(Outcome(200, 0.01, {"cached": True, "cost_usd": 0}))
    record.add(Outcome(200, 0.5, {"cached": False, "cost_usd": None}))
    record.add(Outcome(200, 0.01))
    record.add(Outcome(422, 0.01))
    record.add(Outcome(429, 0.01))
    record.add(Outcome(503, 2.0))
    record.add(Outcome(0, 3.0))
    assert record.as_json() == {
        "requests": 8,
        "succeeded": 4,
        "client_errors": 2,
        "failed": 2,
        "chats": 3,
        "streamed": 1,
        "cached": 1,
        "unpriced": 1,
        "cost_usd": 0.25,
        "p50_ms": 10.0,
        "p95_ms": 3000.0,
        "first_token_p95_ms": 400.0,
    }


@pytest.mark.parametrize(("count", "expected"), [(1, 1000.0), (20, 19000.0), (100, 95000.0)])
def test_percentile(count, expected):
    """The 95th percentile is the smallest duration that 95 % do not exceed."""
    record = TrafficRecord()
    for seconds in range(1, count + 1):
        record.add(Outcome(200, float(seconds), {}))
    assert record.as_json()["p95_ms"] == expected


def test_nothing_seen():
    """A minute without requests has no percentile."""
    told = TrafficRecord().as_json()
    assert (told["p50_ms"], told["p95_ms"], told["first_token_p95_ms"]) == (None, None, None)


def test_record_of_months_stays_small():
    """The counts go on, the durations are those of the last 100 000 requests."""
    record = TrafficRecord()
    for _ in range(100_001):
        record.add(Outcome(200, 9.0))
    for _ in range(100_000):
        record.add(Outcome(200, 1.0))
    assert record.as_json()["requests"] == 200_001
    assert record.as_json()["p95_ms"] == 1000.0
