"""The console's store: nothing twice, nothing for ever, and a broken file is no end."""

import json
import sqlite3

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_telemetry.console.store import log_reading, sums_reading, trace_reading
from agent_telemetry.console.store.log_reading import LogFilter
from agent_telemetry.console.store.log_row import log_row
from agent_telemetry.console.store.schema import VERSION
from agent_telemetry.console.store.totals import Totals
from agent_telemetry.console.store.trace_reading import TraceFilter
from tests.unit.agent_telemetry.console.conftest import NOW

LINE = {"timestamp": "2023-11-14T22:13:20.000000Z", "level": "INFO", "message": "m", "logger": "x"}


def line(**told):
    """A log line as a row."""
    return log_row(json.dumps({**LINE, **told}))


def totals(store, kind):
    """The sums of a kind by name, by the minute and by the hour, which must agree."""
    with store.database.read() as connection:
        found = [
            {
                (name, parent): (each.calls, each.failed, each.micros, each.units)
                for (_, name, parent), each in sums_reading.by_name(
                    connection, period, 0, (kind,)
                ).items()
            }
            for period in ("minute", "hour")
        ]
    assert found[0] == found[1]
    return found[0]


def listed(store, **wanted):
    """The trace ids of a page, and its cursor."""
    with store.database.read() as connection:
        page = trace_reading.page(connection, TraceFilter(**wanted))
    return [row["trace_id"] for row in page.rows], page.older


def test_a_trace_that_comes_in_parts_is_one_and_counts_once(make_store, make_span):
    """Parts of a trace, in any order and twice, become one row, and each span counts once."""
    store = make_store()
    root = make_span(attributes={"http.route": "/chat", "http.request.method": "POST"})
    call = make_span("chat m", "llm", parent=root["id"], model="m", units=7, tokens_input=3)
    late = make_span("chat m", "llm", parent=root["id"], model="m", units=5, tokens_input=4)
    store.add([("t1", "POST /chat", [root, call])], [])
    store.add([("t1", "chat m", [late]), ("t1", "POST /chat", [root, call, late])], [])
    with store.database.read() as connection:
        row, spans = trace_reading.one(connection, "t1")
    assert (row["units"], row["tokens_input"], row["name"], len(spans)) == (12, 7, "POST /chat", 3)
    assert totals(store, "request") == {("POST /chat", ""): (1, 0, 1000, 0)}
    assert totals(store, "model") == {("m", ""): (2, 0, 2000, 12)}


def test_what_is_kept_is_there_after_a_restart(make_store, make_span):
    """Traces, lines and sums are in the file that the next process opens."""
    first = make_store()
    first.add([("t1", "x", [make_span()])], [line(event="hello")])
    first.close()
    second = make_store()
    second.add([("t2", "x", [make_span()])], [])
    assert listed(second)[0] == ["t2", "t1"]
    with second.database.read() as connection:
        (found,), _ = log_reading.page(connection, LogFilter(event="hello"))
    assert found["told"]["message"] == "m"


@pytest.mark.parametrize("in_memory", [False, True])
def test_only_the_latest_are_kept(make_store, make_span, in_memory):
    """Past the bounds the oldest traces, their spans and the oldest lines go."""
    store = make_store(in_memory=in_memory, traces=3, logs=4)
    store.add([(f"t{n}", "x", [make_span()]) for n in range(10)], [line() for _ in range(10)])
    store.prune(NOW)
    assert listed(store)[0] == ["t9", "t8", "t7"]
    with store.database.read() as connection:
        kept = [
            connection.execute(f"SELECT COUNT(*) FROM {table}").fetchone()[0]
            for table in ("traces", "spans", "logs")
        ]
    assert kept == [3, 3, 4]


def test_what_is_too_old_goes(make_store, make_span):
    """Past the age traces, spans, lines and sums go; younger ones stay."""
    store = make_store(hours=2)
    old = make_span("old", start=(NOW - 3 * 3600) * 1_000_000)
    store.add([("t1", "old", [old]), ("t2", "young", [make_span("young")])], [line()])
    store.prune(NOW)
    assert listed(store)[0] == ["t2"]
    store.prune(NOW + 3 * 3600)
    assert listed(store)[0] == []
    with store.database.read() as connection:
        assert log_reading.page(connection, LogFilter()) == ([], "")
        counts = connection.execute("SELECT COUNT(*) FROM sums WHERE period = 'hour'").fetchone()
    assert counts == (0,)


def test_the_file_does_not_grow_past_its_bytes(make_store, make_span):
    """However much comes, the bytes in use come back below the bound."""
    most = 400_000
    store = make_store(most_bytes=most)
    for batch in range(6):
        store.add(
            [(f"{batch}-{n}", "x", [make_span(attributes={"n": f"{n * 7919}" * 200})])
             for n in range(40)],
            [line(message=f"{batch}{n}" * 400) for n in range(60)],
        )  # fmt: skip
        for _ in range(30):
            store.prune(NOW)
        with store.database.read() as connection:
            assert store.database.size(connection) <= most
    assert listed(store)[0][0] == "5-39"


def test_a_broken_file_is_kept_aside(make_store, make_span, tmp_path):
    """A file that is no database is kept under another name; a new one takes its place."""
    path = tmp_path / "a.console.sqlite3"
    path.write_bytes(b"this is no database" * 500)
    store = make_store()
    with pytest.raises(sqlite3.DatabaseError) as caught:
        store.add([("t1", "x", [make_span()])], [])
    assert store.database.recover(caught.value)
    store.add([("t1", "x", [make_span()])], [])
    assert listed(store)[0] == ["t1"]
    (aside,) = tmp_path.glob("a.console.sqlite3.broken-*")
    assert aside.read_bytes().startswith(b"this is no database")


def test_a_file_of_a_later_version_is_kept_aside(make_store, make_span, tmp_path):
    """A file that a later version wrote is not touched but kept under another name."""
    database = sqlite3.connect(tmp_path / "a.console.sqlite3")
    database.execute(f"PRAGMA user_version = {VERSION + 1}")
    database.close()
    store = make_store()
    with pytest.raises(sqlite3.DatabaseError, match="version") as caught:
        store.add([("t1", "x", [make_span()])], [])
    assert store.database.recover(caught.value)
    store.add([("t1", "x", [make_span()])], [])
    assert len(list(tmp_path.glob("*.broken-*"))) == 1


def test_a_file_that_is_only_busy_stays(make_store):
    """A lock of another process is no reason to begin anew."""
    store = make_store()
    busy = sqlite3.OperationalError("database is locked")
    busy.sqlite_errorcode = sqlite3.SQLITE_BUSY
    assert not store.database.recover(busy)


def test_names_past_the_bound_become_other(make_store, make_span):
    """Spans of ever new names do not make ever more sums; none is lost from the total."""
    store = make_store()
    store.add([("t1", "x", [make_span(f"span {n}") for n in range(500)])], [])
    found = totals(store, "stage")
    assert len(found) <= 201
    assert sum(calls for calls, *_ in found.values()) == 500


@given(
    st.lists(
        st.tuples(
            st.integers(0, 10**15), st.one_of(st.none(), st.integers(0, 10**15)), st.booleans()
        ),
        max_size=30,
    )
)
def test_sums_are_exact_however_they_are_split(calls):
    """Totals of parts, merged, are those of the whole, to the last unit."""
    whole, parts = Totals(), [Totals(), Totals()]
    for index, (micros, units, failed) in enumerate(calls):
        for each in (whole, parts[index % 2]):
            each.call(micros, failed=failed)
            each.usage(units, 1, 2)
    parts[0].merge(parts[1])
    assert parts[0] == whole
    assert whole.units == sum(units or 0 for _, units, _ in calls)
    assert whole.unpriced == sum(units is None for _, units, _ in calls)


@given(st.lists(st.integers(200, 10**9), min_size=1, max_size=50), st.sampled_from([50, 95, 99]))
def test_percentiles_are_right_to_a_twentieth(times, percent):
    """A percentile of sums is within 5 % of the one of the values themselves."""
    found = Totals()
    for micros in times:
        found.call(micros, failed=False)
    rank = -(-percent * len(times) // 100)
    assert found.percentile(percent) == pytest.approx(sorted(times)[rank - 1], rel=0.051)
