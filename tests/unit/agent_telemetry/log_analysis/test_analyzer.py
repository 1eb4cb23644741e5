"""What ``LogAnalyzer`` answers."""

from datetime import timedelta

import pytest

from agent_telemetry.log_analysis.record_filter import RecordFilter
from tests.unit.agent_telemetry.log_analysis.written_logs import (
    NOW,
    analyzer,
    record,
    request,
    stamp,
    write,
)


def test_missing_file_gives_zeros(tmp_path):
    """A file that is not there is no error: the guide's shape with zeros."""
    found = analyzer(tmp_path / "logs" / "app.log")
    errors = found.analyze_errors()
    assert (errors["total_errors"], errors["error_types"], errors["recent_errors"]) == (0, {}, [])
    stats = found.get_request_stats()
    assert (stats["total_requests"], stats["avg_duration"], stats["endpoints"]) == (0, 0.0, {})


def test_empty_file_gives_zeros(tmp_path):
    """A file without a line is no error."""
    (tmp_path / "app.log").touch()
    assert analyzer(tmp_path / "app.log").analyze_errors()["lines"] == 0
    assert analyzer(tmp_path).get_request_stats()["total_requests"] == 0


def test_errors_by_type(tmp_path):
    """Errors count by type; the class stands in for it, and a record without both is Unknown."""
    file = write(
        tmp_path / "app.log",
        record(level="ERROR", error_type="Timeout"),
        record(level="CRITICAL", error_type="Timeout"),
        record(level="fatal", exception={"type": "ValueError", "message": "no"}),
        record(level="ERROR", exception="Traceback: a text"),
        record(level="ERROR", error_type=503),
        record(level="WARNING", error_type="NotCounted"),
    )
    found = analyzer(file).analyze_errors()
    assert found["error_types"] == {"Timeout": 2, "503": 1, "Unknown": 1, "ValueError": 1}
    assert found["total_errors"] == 5


def test_last_ten_errors(tmp_path):
    """The last ten by time are told, the newest last, in one spelling of the level."""
    errors = [record(n, level="CRITICAL", message=f"{n}", request_id=f"r{n}") for n in range(25)]
    found = analyzer(write(tmp_path / "app.log", *errors)).analyze_errors()
    last = found["recent_errors"]
    assert [each["message"] for each in last] == [f"{n}" for n in range(9, -1, -1)]
    assert last[-1] == {
        "timestamp": stamp(0),
        "level": "FATAL",
        "error_type": "Unknown",
        "message": "0",
        "request_id": "r0",
    }


def test_start_and_end_count_as_one(tmp_path):
    """The start of a request, its model calls and its tools are no further requests."""
    file = write(
        tmp_path / "app.log",
        record(event="request_start", endpoint="/chat"),
        record(event="llm_end", model="m", duration_seconds=9),
        record(event="tool_end", tool_name="t", duration_seconds=9),
        request(duration_seconds=0.5),
    )
    stats = analyzer(file).get_request_stats()
    assert (stats["total_requests"], stats["avg_duration"]) == (1, 0.5)


def test_records_of_other_writers(tmp_path):
    """Without an event, `duration` or the guide's words tell the end; no endpoint is `unknown`."""
    file = write(
        tmp_path / "app.log",
        record(message="Request started", endpoint="/a"),
        record(message="Request completed", endpoint="/a", duration=2),
        record(message="Request completed", duration="4.0"),
        record(message="Request completed", endpoint="/b"),
        record(message="called", model="m", duration=100),
    )
    stats = analyzer(file).get_request_stats()
    assert {name: each["count"] for name, each in stats["endpoints"].items()} == {
        "/a": 1,
        "/b": 1,
        "unknown": 1,
    }
    assert (stats["total_requests"], stats["avg_duration"]) == (3, 3.0)


def test_endpoints_with_percentiles(tmp_path):
    """Each endpoint has its count, failures and times; percentiles are right to 1 %."""
    chats = [request(duration_seconds=n / 100) for n in range(1, 101)]
    other = request(endpoint="/f", duration_seconds=7, status="error")
    stats = analyzer(write(tmp_path / "app.log", *chats, other)).get_request_stats()
    chat = stats["endpoints"]["/chat"]
    assert (chat["count"], chat["failed"], chat["max_duration"]) == (100, 0, 1.0)
    assert chat["p50_duration"] == pytest.approx(0.50, rel=0.01)
    assert chat["p95_duration"] == pytest.approx(0.95, rel=0.01)
    assert chat["p99_duration"] == pytest.approx(0.99, rel=0.01)
    assert stats["endpoints"]["/f"]["p50_duration"] == 7
    assert stats["failed_requests"] == 1


def test_time_range_and_zones(tmp_path):
    """The range counts back from now; any zone is understood, and none is UTC."""
    file = write(
        tmp_path / "app.log",
        {"timestamp": "2026-03-01T19:59:00+08:00", "level": "ERROR", "error_type": "inside"},
        {"timestamp": "2026-03-01T11:59:00", "level": "ERROR", "error_type": "inside"},
        {"timestamp": "2026-03-01T11:59:00+08:00", "level": "ERROR", "error_type": "outside"},
        record(3601, level="ERROR", error_type="outside"),
        record(3599, level="ERROR", error_type="inside"),
    )
    assert analyzer(file).analyze_errors()["error_types"] == {"inside": 3}
    assert analyzer(file).analyze_errors(time_range=3602)["error_types"]["outside"] == 1
    assert analyzer(file).analyze_errors(time_range=None)["total_errors"] == 5


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({"level": "WARNING"}, ["b"]),
        ({"level": "WARN"}, ["b"]),
        ({"agent": "support-1"}, ["a"]),
        ({"agent": "support"}, ["a", "b"]),
        ({"tenant": "acme"}, ["a"]),
        ({"request_id": "r-2"}, ["b"]),
        ({"trace_id": "t-1"}, ["a"]),
        ({"user": "u-3"}, ["c"]),
        ({"event": "tool_end"}, ["c"]),
        ({"tenant": "acme", "user": "u-3"}, []),
        ({"since": NOW - timedelta(seconds=20)}, ["b", "c"]),
        ({"until": NOW - timedelta(seconds=20)}, ["a"]),
    ],
)
def test_search_by(tmp_path, wanted, found):
    """Each condition finds its records and no other, in the order of their times, whole."""
    a = record(30, message="a", agent_id="support-1", template_id="support", tenant_id="acme",
               request_id="r-1", trace_id="t-1", user_id="u-1", extra={"deep": [1]})  # fmt: skip
    b = record(20, message="b", agent_id="support-2", template_id="support", level="WARNING",
               request_id="r-2")  # fmt: skip
    c = record(10, message="c", user_id="u-3", event="tool_end")
    file = write(tmp_path / "app.log", c, a, b)
    records, told = analyzer(file).search(RecordFilter(**wanted))
    assert [each["message"] for each in records] == found
    assert all(each in (a, b, c) for each in records)
    assert told.records == len(found)
    every = sorted(each["message"] for each in analyzer(file).search_all(RecordFilter(**wanted)))
    assert every == found


def test_filters_hold_for_reports(tmp_path):
    """Reports count only what is asked for; lines count all."""
    file = write(tmp_path / "app.log", request(tenant_id="acme"), request(tenant_id="other"))
    found = analyzer(file).get_request_stats(where=RecordFilter(tenant="acme"))
    assert (found["total_requests"], found["lines"]) == (1, 2)


def test_wrong_filter_is_told():
    """A level that is none and a time without a zone are refused at once."""
    with pytest.raises(ValueError, match="'LOUD' is no level; accepted: TRACE, DEBUG"):
        RecordFilter(level="LOUD")
    with pytest.raises(ValueError, match="no time zone"):
        RecordFilter(since=NOW.replace(tzinfo=None))


def test_search_limit_gives_the_newest(tmp_path):
    """Of more records than the limit the newest are given, and how many there are is told."""
    file = write(tmp_path / "app.log", *(record(n, message=f"{n}") for n in range(50)))
    records, told = analyzer(file).search(limit=3)
    assert [each["message"] for each in records] == ["2", "1", "0"]
    assert told.records == 50
