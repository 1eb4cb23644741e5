"""Lists of the console: filters find what they name, pages follow on, an index serves each."""

import json

import pytest

from agent_telemetry.console.store import log_reading, trace_reading
from agent_telemetry.console.store.log_reading import LogFilter
from agent_telemetry.console.store.log_row import log_row
from agent_telemetry.console.store.trace_reading import ORDERS, TraceFilter
from tests.unit.agent_telemetry.console.conftest import NOW
from tests.unit.agent_telemetry.console.test_store import LINE, line, listed


@pytest.fixture
def store(make_store, make_span):
    """A store with 120 traces that differ in everything that may be filtered by."""
    made = make_store()
    traces = []
    for number in range(120):
        root = make_span(
            status="error" if number % 10 == 0 else "ok",
            micros=number * 1000,
            attributes={
                "http.route": "/chat",
                "http.request.method": "POST",
                "tenant.id": ("acme", "globex")[number % 2],
                "request.id": f"r-{number}",
                **({"error.type": "Boom"} if number % 10 == 0 else {}),
            },
        )
        told = {"agent.template": ("support", "research")[number % 3 == 0]}
        agent = make_span("Agent.Chat", "agent", parent=root["id"], micros=1, attributes=told)
        call = make_span("chat m", "llm", parent=agent["id"], model=f"model-{number % 4}",
                         units=number * 10**9, micros=1)  # fmt: skip
        traces.append((f"{number:032x}", "POST /chat", [root, agent, call]))
    made.add(traces, [])
    return made


def numbers(store, **wanted):
    """All traces that filters let through, over all pages, as the numbers they were made of."""
    found, cursor = [], ""
    while True:
        ids, cursor = listed(store, **wanted, before=cursor)
        found += [int(trace_id, 16) for trace_id in ids]
        if not cursor:
            return found


@pytest.mark.parametrize(
    ("wanted", "which"),
    [
        ({}, lambda n: True),  # noqa: ARG005
        ({"tenant": "acme"}, lambda n: n % 2 == 0),
        ({"agent": "research"}, lambda n: n % 3 == 0),
        ({"status": "error"}, lambda n: n % 10 == 0),
        ({"status": "failing", "tenant": "acme"}, lambda n: n % 10 == 0),
        ({"status": "recovered"}, lambda n: False),  # noqa: ARG005
        ({"least_micros": 100_000}, lambda n: n >= 100),
        ({"least_units": 110 * 10**9}, lambda n: n >= 110),
        ({"text": "r-17"}, lambda n: n == 17),
        ({"text": "MODEL-3"}, lambda n: n % 4 == 3),
        ({"text": "boom"}, lambda n: n % 10 == 0),
        ({"text": f"{42:032x}"}, lambda n: n == 42),
        ({"text": "' OR 1=1 --"}, lambda n: False),  # noqa: ARG005
        ({"text": "%"}, lambda n: False),  # noqa: ARG005
    ],
)
def test_filters_find_what_they_name(store, wanted, which):
    """Each filter lets through exactly the traces that it names, each of them once."""
    assert numbers(store, **wanted) == [n for n in range(119, -1, -1) if which(n)]
    with store.database.read() as connection:
        page = trace_reading.page(connection, TraceFilter(**wanted))
    assert page.found == sum(map(which, range(120)))


@pytest.mark.parametrize("order", ORDERS)
def test_pages_follow_on_in_every_order(store, order):
    """In every order the pages together have each trace once, the largest value first."""
    assert numbers(store, order=order) == list(range(119, -1, -1))


@pytest.mark.parametrize("cursor", ["x", "1.x", "9" * 30 + ".1", "-1.-1", "1.2.3", "' OR 1"])
def test_a_strange_cursor_breaks_nothing(store, cursor):
    """A cursor that nobody gave is answered by some page."""
    assert len(listed(store, before=cursor)[0]) <= 50


def test_lists_use_an_index(store):
    """No list reads every trace: each of its filters and orders has an index."""
    with store.database.read() as connection:
        for condition in (
            "tenant = 'a' ORDER BY seq DESC",
            "agent = 'a' ORDER BY seq DESC",
            "status IN ('error') ORDER BY seq DESC",
            "1 ORDER BY seq DESC",
            "1 ORDER BY duration DESC, seq DESC",
            "1 ORDER BY units DESC, seq DESC",
        ):
            query = f"EXPLAIN QUERY PLAN SELECT * FROM traces WHERE {condition} LIMIT 50"
            plan = " ".join(str(row[3]) for row in connection.execute(query))
            assert "TEMP B-TREE" not in plan, (condition, plan)


def test_log_filters_find_what_they_name(make_store):
    """Each filter of lines lets through exactly those that it names."""
    store = make_store()
    levels = ("DEBUG", "INFO", "WARN", "ERROR", "FATAL")
    store.add(
        [],
        [
            line(level=levels[n % 5], event=f"e{n % 3}", tenant_id=f"t{n % 2}",
                 request_id=f"r{n}", trace_id=f"{n:032x}", message=f"100%_of {n}")
            for n in range(250)
        ],
    )  # fmt: skip

    def found(**wanted):
        numbers, cursor = [], ""
        while True:
            with store.database.read() as connection:
                rows, cursor = log_reading.page(connection, LogFilter(**wanted, before=cursor))
            numbers += [int(row["told"]["request_id"][1:]) for row in rows]
            if not cursor:
                return numbers

    def those(which):
        return [n for n in range(249, -1, -1) if which(n)]

    assert found() == those(lambda n: True)  # noqa: ARG005
    assert found(level="WARN") == those(lambda n: n % 5 >= 2)
    assert found(level="FATAL", event="e1") == those(lambda n: n % 5 == 4 and n % 3 == 1)
    assert found(tenant="t1", text="OF 24") == those(
        lambda n: n % 2 == 1 and str(n).startswith("24")
    )
    assert found(request_id="r7", trace_id=f"{7:032x}") == [7]
    assert found(text="100%_of 12") == [129, 128, 127, 126, 125, 124, 123, 122, 121, 120, 12]
    assert found(text="x%_") == []
    with store.database.read() as connection:
        assert log_reading.events(connection) == ["e0", "e1", "e2"]


def test_a_line_without_fields_is_kept():
    """A line of another library has no event, tenant or ids, and is a row all the same."""
    assert log_row(json.dumps(LINE))[:6] == (NOW * 1_000_000, 20, "", "", "", "")
