"""Lines of any kind: counted, never fatal, and the rest is read as a plain loop reads it."""

import json
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.agent_telemetry.log_analysis.naive_reader import NaiveReader, nearest_rank
from tests.unit.agent_telemetry.log_analysis.written_logs import (
    NOW,
    analyzer,
    record,
    request,
    stamp,
    write,
)

HOUR_AGO = NOW - timedelta(hours=1)
BROKEN = {
    "half a line": b'{"timestamp":"2026-03-01T11:59:59Z","level":"ERR',
    "no JSON": b"Traceback (most recent call last):",
    "invalid UTF-8": b'{"timestamp":"2026-03-01T11:59:59Z","level":"ERROR","message":"\xff"}',
    "a NUL": b'{"timestamp":"2026-03-01T11:59:59Z","level":"ERROR","message":"\x00"}',
    "only NULs, as after a crash": b"\x00" * 4096,
    "a list": b'[{"timestamp":"2026-03-01T11:59:59Z","level":"ERROR"}]',
    "a number": b"42",
    "null": b"null",
    "two objects": b'{"level":"ERROR"} {"level":"ERROR"}',
    "no time": b'{"level":"ERROR"}',
    "no such time": b'{"timestamp":"yesterday","level":"ERROR"}',
    "an endless time": b'{"timestamp":"infinity","level":"ERROR"}',
    "ANSI": b"\x1b[31mred\x1b[0m",
}
anything = st.one_of(
    st.none(), st.booleans(), st.integers(-(2**53), 2**53), st.text(max_size=8),
    st.floats(0, 1e6), st.lists(st.integers(), max_size=2),
    st.dictionaries(st.sampled_from(["type", "x"]), st.text(max_size=4), max_size=2),
)  # fmt: skip
# What JSON has two spellings for is left to the tests by hand: numbers inside other types.
types = st.one_of(st.none(), st.sampled_from(["Timeout", "E", ""]), st.integers(0, 600))
whole = st.fixed_dictionaries(
    {"timestamp": st.floats(0, 7200).map(stamp), "level": st.sampled_from(
        ["INFO", "WARN", "WARNING", "ERROR", "FATAL", "CRITICAL", "error", "DEBUG"])},
    optional={
        "event": st.sampled_from(["request_end", "request_start", "tool_end"]),
        "endpoint": st.one_of(st.none(), st.sampled_from(["/chat", "/f/{id}", ""])),
        "duration_seconds": st.one_of(st.none(), st.floats(0, 100), st.sampled_from(["abc", "2"])),
        "duration": st.one_of(st.none(), st.floats(0, 100), st.integers(0, 9)),
        "error_type": types,
        "exception": st.one_of(st.none(), st.just("text"), st.just({"type": "ValueError"})),
        "message": st.one_of(anything, st.sampled_from(
            ["Request completed", "request FAILED", "Request started", "Requested"])),
        "tool_name": st.sampled_from([None, "t"]),
        "tenant_id": anything,
        "extra": anything,
        "other": anything,
    },
).map(lambda fields: json.dumps(fields, ensure_ascii=False).encode("utf-8", "replace"))  # fmt: skip
broken = st.one_of(
    st.sampled_from(list(BROKEN.values())),
    st.binary(max_size=40).map(lambda line: line.replace(b"\n", b"")),
)
lines = st.lists(st.one_of(whole, broken), max_size=30)


@pytest.mark.parametrize("line", BROKEN.values(), ids=BROKEN.keys())
def test_broken_line_is_counted(tmp_path, line):
    """Whatever a line is, it is counted as broken and its neighbours are read."""
    error = record(level="ERROR", error_type="Real")
    found = analyzer(write(tmp_path / "app.log", error, line, error)).analyze_errors()
    assert found["error_types"] == {"Real": 2}
    assert (found["lines"], found["broken_lines"], found["parsed_lines"]) == (3, 1, 2)
    assert found["unreadable_files"] == {}


def test_half_written_last_line(tmp_path):
    """The line that is being written is broken now; the others are whole."""
    file = write(tmp_path / "app.log", request(), request())
    with file.open("ab") as stream:
        stream.write(b'{"timestamp":"2026-03')
    found = analyzer(file).get_request_stats()
    assert (found["total_requests"], found["lines"], found["broken_lines"]) == (2, 3, 1)


def test_line_of_ten_megabytes(tmp_path):
    """A line of 10 MB is read like any other; its neighbours too."""
    long = record(level="ERROR", error_type="Long", message="x" * 10_000_000)
    found = analyzer(write(tmp_path / "app.log", request(), long, request())).analyze_errors()
    assert (found["error_types"], found["lines"], found["broken_lines"]) == ({"Long": 1}, 3, 0)
    assert len(found["recent_errors"][0]["message"]) == 32_768


def test_line_without_end_is_told(tmp_path):
    """A line longer than any is read makes its file unreadable, told by name; others are read."""
    endless = write(tmp_path / "app-1.jsonl", request(), b'{"a":"' + b"x" * 40_000_000 + b'"}')
    write(tmp_path / "app-2.jsonl", request())
    found = analyzer(tmp_path).get_request_stats()
    assert found["total_requests"] == 1
    ((path, why),) = found["unreadable_files"].items()
    assert path == str(endless)
    assert "exceeded" in why


def test_field_of_changing_type(tmp_path):
    """A field that is a text here, a number, a list or an object there breaks no line."""
    odd = [1, "two", [3], {"four": 4}, True, None, 1.5]
    records = [request(duration_seconds=each, tenant_id=each, extra=each) for each in odd]
    found = analyzer(write(tmp_path / "app.log", *records)).get_request_stats()
    assert (found["total_requests"], found["broken_lines"]) == (7, 0)
    assert found["avg_duration"] == 1.25


@given(lines)
def test_agrees_with_a_plain_loop(tmp_path_factory, content):
    """Of any lines, counts, types, endpoints, averages and percentiles are those of a loop."""
    file = write(tmp_path_factory.mktemp("any") / "app.log", *content)
    naive = NaiveReader(file)
    errors, stats = analyzer(file).analyze_errors(), analyzer(file).get_request_stats()
    for found in (errors, stats):
        assert found["lines"] == naive.lines == found["parsed_lines"] + found["broken_lines"]
        assert found["parsed_lines"] == len(naive.records)
    assert errors["error_types"] == naive.errors(HOUR_AGO)
    requests = naive.requests(HOUR_AGO)
    assert {n: each["count"] for n, each in stats["endpoints"].items()} == {
        n: len(each) for n, each in requests.items()
    }
    for name, times in requests.items():
        told = stats["endpoints"][name]
        there = [each for each in times if each is not None]
        average = sum(there) / len(there) if there else 0.0
        assert told["avg_duration"] == pytest.approx(average, abs=1e-6)
        for percent in (50, 95, 99):
            exact = nearest_rank(times, percent)
            # At most 1 % too long; below a microsecond all are one.
            assert exact - 1e-6 <= told[f"p{percent}_duration"] <= exact * 1.01 + 2e-6
    records, told = analyzer(file).search()
    assert len(records) == told.records == len(naive.records)
    assert (told.lines, told.broken) == (naive.lines, naive.lines - len(naive.records))
