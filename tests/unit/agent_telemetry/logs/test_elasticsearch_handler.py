"""The handler: flushes by size, time and shutdown; takes any record; counts what it gives up."""

import logging
import socket
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agent_telemetry import BatchElasticsearchHandler, ConfigurationError, ElasticsearchHandler
from tests.polling import wait_for
from tests.unit.agent_telemetry.logs.bulk_server import BulkServer

LONG = 3600.0


@pytest.fixture(scope="module")
def running() -> Iterator[BulkServer]:
    """A double that all tests of this file share."""
    with BulkServer() as server:
        yield server


@pytest.fixture
def server(running: BulkServer) -> BulkServer:
    """It, empty."""
    running.stored.clear()
    running.sizes.clear()
    return running


def write(handler: ElasticsearchHandler, count: int, **fields: object) -> None:
    """Hand records over as a logger would."""
    for number in range(count):
        told = {"msg": "record", "name": "t", "levelno": logging.INFO, "n": number, **fields}
        handler.handle(logging.makeLogRecord(told))


@pytest.mark.parametrize(
    ("kind", "capacity"), [(ElasticsearchHandler, 100), (BatchElasticsearchHandler, 1000)]
)
def test_flush_by_size(server: BulkServer, kind: type, capacity: int) -> None:
    """As soon as so many wait they leave in one request, long before the time is over."""
    handler = kind(server.url, flush_interval=LONG)
    try:
        write(handler, capacity - 1)
        assert server.sizes == []
        write(handler, 1)
        wait_for(lambda: handler.delivered == capacity, within=20, what="the request")
        assert server.sizes == [capacity]
    finally:
        handler.close()


def test_flush_by_time_and_when_asked(server: BulkServer) -> None:
    """A few records leave after the interval, or at once when ``flush`` is called."""
    timed = ElasticsearchHandler(server.url, flush_interval=0.05)
    asked = ElasticsearchHandler(server.url, flush_interval=LONG)
    try:
        write(timed, 3)
        wait_for(lambda: timed.delivered == 3, within=20, what="the interval")
        write(asked, 2)
        asked.flush()
        wait_for(lambda: asked.delivered == 2, within=20, what="the request")
    finally:
        timed.close()
        asked.close()


def test_close_delivers_and_later_records_are_counted(server: BulkServer) -> None:
    """What waits at the end is sent; what comes after the end is counted; twice does no harm."""
    handler = ElasticsearchHandler(server.url, flush_interval=LONG, close_seconds=20)
    write(handler, 5)
    handler.close()
    handler.close()
    assert (len(server.stored), handler.delivered) == (5, 5)
    write(handler, 2)
    assert handler.dropped == {"shutdown": 2}


def test_second_close_does_not_wait() -> None:
    """With a server that never answers only the first ``close`` uses its time."""
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        handler = ElasticsearchHandler(
            f"http://127.0.0.1:{silent.getsockname()[1]}", flush_interval=0.01, standby=False,
            close_seconds=0.2,
        )  # fmt: skip
        write(handler, 3)
        held, _ = silent.accept()
        handler.close()
        handler._close_seconds = LONG  # a second wait would last an hour
        handler.close()
        held.close()
    assert handler.dropped == {"shutdown": 3}


def test_overflow_is_counted_by_kind() -> None:
    """Past the bounds the oldest go, and the callback hears of each one."""
    told: list[tuple[str, int]] = []
    handler = ElasticsearchHandler(
        "http://127.0.0.1:9", queue_size=10, flush_interval=LONG, standby=False,
        on_drop=lambda reason, count: told.append((reason, count)),
    )  # fmt: skip
    write(handler, 25)
    assert (handler.depth, handler.dropped) == (10, {"queue_full": 15})
    handler.close()
    assert handler.dropped == {"queue_full": 15, "shutdown": 10}
    assert sum(count for _, count in told) == 25


def test_only_the_contract_is_stored() -> None:
    """A formatter of another kind is an error: its documents would have other fields."""
    handler = ElasticsearchHandler("http://127.0.0.1:9")
    with pytest.raises(ConfigurationError, match="JsonFormatter"):
        handler.setFormatter(logging.Formatter())
    handler.close()


def test_filters_decide(server: BulkServer) -> None:
    """A filter of the handler keeps a record away."""
    handler = ElasticsearchHandler(server.url, flush_interval=0.05)
    handler.addFilter(lambda record: record.n % 2 == 0)
    write(handler, 10)
    wait_for(lambda: handler.deliver(1) and handler.delivered == 5, within=20, what="five")
    handler.close()


@pytest.mark.parametrize(
    ("login", "sent"),
    [
        ({"api_key": "dGhlOmtleQ=="}, "ApiKey dGhlOmtleQ=="),
        ({"basic_auth": ("me", "hush")}, "Basic bWU6aHVzaA=="),
        ({}, None),
    ],
)
def test_login_goes_with_each_request(server: BulkServer, login: dict, sent: str | None) -> None:
    """An API key, or user and password, is in the header that Elasticsearch reads."""
    server.authorizations.clear()
    handler = ElasticsearchHandler(server.url, flush_interval=LONG, close_seconds=20, **login)
    write(handler, 1)
    handler.close()
    assert server.authorizations == [sent]


_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    message=st.text() | st.binary() | st.integers(),
    value=_VALUES,
    created=st.floats(allow_nan=True, allow_infinity=True),
)
def test_any_record_is_stored_or_counted(
    server: BulkServer, message: object, value: object, created: float
) -> None:
    """Whatever is in a record, it is stored or counted, nothing is raised, and the next arrives."""
    server.stored.clear()
    handler = ElasticsearchHandler(server.url, flush_interval=LONG, close_seconds=20)
    write(handler, 1, msg=message, value=value, user_id=value, created=created)
    write(handler, 1, event="after")
    handler.close()
    assert handler.delivered + sum(handler.dropped.values()) == 2
    assert len(server.stored) == handler.delivered
    assert "after" in {each.get("event") for each in server.stored.values()}
