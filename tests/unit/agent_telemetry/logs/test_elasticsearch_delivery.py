"""What the server answers decides: stored, tried again, or given up and counted."""

import logging
from collections.abc import Callable, Iterator

import pytest

from agent_telemetry import ElasticsearchHandler
from tests.polling import wait_for
from tests.unit.agent_telemetry.logs.bulk_server import BulkServer

RECORDS = 20
Write = Callable[[], ElasticsearchHandler]


@pytest.fixture
def server() -> Iterator[BulkServer]:
    """A running double."""
    with BulkServer() as running:
        yield running


@pytest.fixture
def write(server: BulkServer) -> Iterator[Write]:
    """Return a function that logs the records and gives their handler."""
    handler = ElasticsearchHandler(server.url, flush_interval=0.05)
    log = logging.getLogger("delivery.test")
    log.setLevel(logging.INFO)
    log.handlers = [handler]

    def all_of_them() -> ElasticsearchHandler:
        for number in range(RECORDS):
            log.info("record", extra={"n": number})
        return handler

    yield all_of_them
    log.handlers = []
    handler.close()


def numbers(server: BulkServer) -> list[int]:
    """Return the numbers of what is stored, in order."""
    return sorted(each["extra"]["n"] for each in list(server.stored.values()))


def settled(handler: ElasticsearchHandler, delivered: int) -> None:
    """Wait until so many are delivered, hurrying what is tried again."""

    def done() -> bool:
        handler.deliver(0.2)
        return handler.delivered == delivered and handler.depth == 0

    wait_for(done, within=20, what=f"{delivered} delivered")


@pytest.mark.parametrize("status", [401, 403, 404, 408, 429, 500, 503])
def test_what_may_pass_is_tried_again(server: BulkServer, write: Write, status: int) -> None:
    """Documents that a later try may store are kept: among them an index not allowed yet."""
    server.answer = lambda _: (status, {"type": "for_now"})
    handler = write()
    wait_for(lambda: handler.deliver(0.2) or len(server.sizes) > 1, within=20, what="two tries")
    assert (handler.delivered, handler.dropped, handler.depth) == (0, {}, RECORDS)
    server.answer = lambda _: (201, None)
    settled(handler, RECORDS)
    assert numbers(server) == list(range(RECORDS))


def test_one_that_always_fails_does_not_stay(server: BulkServer, write: Write) -> None:
    """A document that fails again and again beside others that pass is given up, and counted."""

    def answer(source: dict) -> tuple[int, dict[str, str] | None]:
        return (500, {"type": "broken"}) if source["extra"]["n"] == 7 else (201, None)

    server.answer = answer
    handler = write()

    def given_up() -> bool:
        write()  # its neighbours, which are taken each time
        handler.deliver(0.2)
        return bool(handler.dropped)

    wait_for(given_up, within=20, what="the broken one is given up")
    assert set(handler.dropped) == {"rejected"}
    assert set(numbers(server)) == set(range(RECORDS)) - {7}


def test_refused_ones_alone_are_lost(server: BulkServer, write: Write) -> None:
    """What the mapping refuses is given up and counted; all others of the batch are stored."""

    def answer(source: dict) -> tuple[int, dict[str, str] | None]:
        refused = {"type": "document_parsing_exception", "reason": "no. Preview of it: secret"}
        return (400, refused) if source["extra"]["n"] % 5 == 0 else (201, None)

    server.answer = answer
    handler = write()
    settled(handler, RECORDS - 4)
    assert handler.dropped == {"rejected": 4}
    assert numbers(server) == [each for each in range(RECORDS) if each % 5]


def test_lost_answer_makes_no_second_document(server: BulkServer, write: Write) -> None:
    """A request that was worked off but not answered is sent again and stored once."""
    server.lose_answers = 1
    handler = write()
    settled(handler, RECORDS)
    assert numbers(server) == list(range(RECORDS))
    assert len(server.sizes) > 1
    assert handler.dropped == {}


def test_too_large_a_request_is_halved(server: BulkServer, write: Write) -> None:
    """A request that is too large as a whole is sent in parts; nothing is lost."""
    server.most_bytes = 2000
    handler = write()
    settled(handler, RECORDS)
    assert numbers(server) == list(range(RECORDS))


@pytest.mark.parametrize(
    ("status", "who"), [(401, "Elasticsearch"), (503, "Elasticsearch"), (502, "a proxy")]
)
def test_whole_request_refused_keeps_all(
    server: BulkServer, write: Write, status: int, who: str
) -> None:
    """A wrong key, a busy server and a proxy in its place cost nothing once they are gone."""
    server.status, server.product = status, who == "Elasticsearch"
    handler = write()
    wait_for(lambda: handler.deliver(0.2) or len(server.sizes) > 1, within=20, what="two tries")
    assert handler.dropped == {}
    server.status, server.product = 200, True
    settled(handler, RECORDS)
    assert numbers(server) == list(range(RECORDS))


def test_wrong_login_is_told(server: BulkServer, write: Write, caplog) -> None:
    """A login refused at the first request is no absence, although 401 comes without a name."""
    server.status, server.product = 401, False
    handler = write()
    wait_for(lambda: handler.deliver(0.2) or "401" in caplog.text, within=20, what="it is told")
    assert (handler.depth, handler.dropped) == (RECORDS, {})


def test_something_else_there_is_not_taken_for_it(server: BulkServer, write: Write) -> None:
    """An answer of another program is no contact: the handler stays in standby."""
    server.status, server.product = 404, False
    handler = write()
    wait_for(lambda: handler.deliver(0.2) or handler.capacity < 10_000, within=20, what="standby")
    assert (handler.depth, handler.dropped) == (0, {})
