"""One log record stored in a real Elasticsearch: ours, the client's bulk helper, a call a record.

The ratios are by the clock: what counts is how soon all records are stored. Everybody stores
records of the same kind and size, each under an id of its own, by ``create``.
"""

import itertools
import logging
import time
from collections.abc import Callable, Iterable
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import pytest
from elasticsearch import Elasticsearch
from elasticsearch.helpers import streaming_bulk

from agent_telemetry import BatchElasticsearchHandler, ElasticsearchHandler
from agent_telemetry.logs.record import JsonFormatter, log_id_of
from elk.index_template import NAME, index_template
from tests.bench.log_line import FIELDS
from tests.bench.rounds import CannotRunError, Contestant
from tests.elasticsearch_server import elasticsearch_home, elasticsearch_server

BY = "wall"
CALLS = 5000
ROUNDS = 10
WARM_UP = 1
#: A call a record takes so long that it has this share of the records.
_SHARE = 20
_DELIVERY_SECONDS = 120.0
_NUMBERS = itertools.cycle(range(100_000))
_Action = tuple[dict[str, Any], bytes]
_Run = Callable[[int], tuple[float, float]]


def contestants(ending: ExitStack, folder: Path) -> list[Contestant]:
    """Start a server and build everybody who takes part; ``ending`` takes what must be closed.

    Raises:
        CannotRunError: there can be no server here.
    """
    del folder  # the server has its own
    try:
        home = ending.enter_context(elasticsearch_home())
    except (pytest.skip.Exception, pytest.fail.Exception) as reason:
        raise CannotRunError(str(reason)) from None
    server = ending.enter_context(elasticsearch_server(home))
    server.http.put(f"/_index_template/{NAME}", json=index_template()).raise_for_status()
    client = ending.enter_context(Elasticsearch(server.url, request_timeout=60))
    logging.getLogger("elastic_transport").setLevel(logging.WARNING)
    whole, batch = "floor: streaming_bulk, 100 a request", "floor: streaming_bulk, 1000 a request"
    logged = "floor: logged and formatted, then streaming_bulk, 100 a request"
    made, all_of_it = "records formatted beforehand", "log call, call site, redaction, line"
    small = ending.enter_context(closing(ElasticsearchHandler(server.url)))
    large = ending.enter_context(closing(BatchElasticsearchHandler(server.url)))
    return [
        Contestant(name=whole, records=made, run=_bare(client, 100), role="floor"),
        Contestant(
            name="ElasticsearchHandler", records=made, run=_handed_over(small), role="ours"
        ),
        Contestant(name=batch, records=made, run=_bare(client, 1000), role="floor", against=batch),
        Contestant(
            name="BatchElasticsearchHandler", records=made, run=_handed_over(large), role="ours",
            against=batch,
        ),
        Contestant(
            name=logged, records=all_of_it, run=_logged_first(client), role="floor", against=logged
        ),
        Contestant(
            name="ElasticsearchHandler of a logger", records=all_of_it, run=_logged(small),
            role="ours", against=logged,
        ),
        Contestant(name="one call a record", records=made, run=_one_by_one(client)),
    ]  # fmt: skip


def _message() -> str:
    return f"tool search_orders ok in {next(_NUMBERS) / 1000:.3f} s"


def _records(count: int, formatter: JsonFormatter) -> list[logging.LogRecord]:
    """Return records that are formatted already."""
    made = []
    for _ in range(count):
        told = {"name": "bench", "levelno": logging.INFO, "msg": _message(), **FIELDS}
        record = logging.makeLogRecord(told)
        formatter.format(record)
        made.append(record)
    return made


def _action(record: logging.LogRecord, formatter: JsonFormatter) -> _Action:
    place = {"_index": f"{NAME}-bench", "_id": log_id_of(record)}
    return {"create": place}, formatter.format(record).encode()


def _store(client: Elasticsearch, actions: Iterable[_Action], chunk: int) -> int:
    """Store by the client's helper; return how many it stored."""
    outcomes = streaming_bulk(
        client,
        actions,  # type: ignore[arg-type]  # actions already, see the callback
        chunk_size=chunk,
        expand_action_callback=lambda action: action,  # type: ignore[arg-type,return-value]
    )
    return sum(ok for ok, _ in outcomes)


def _bare(client: Elasticsearch, chunk: int) -> _Run:
    formatter = JsonFormatter("bench")

    def run(count: int) -> tuple[float, float]:
        actions = [_action(each, formatter) for each in _records(count, formatter)]
        cpu, wall = time.process_time(), time.perf_counter()
        stored = _store(client, actions, chunk)
        spent = time.process_time() - cpu, time.perf_counter() - wall
        assert stored == count
        return spent

    return run


def _handed_over(handler: ElasticsearchHandler) -> _Run:
    formatter = handler.formatter
    assert isinstance(formatter, JsonFormatter)

    def run(count: int) -> tuple[float, float]:
        records = _records(count, formatter)
        before = handler.delivered
        cpu, wall = time.process_time(), time.perf_counter()
        for record in records:
            handler.handle(record)
        handler.deliver(_DELIVERY_SECONDS)
        spent = time.process_time() - cpu, time.perf_counter() - wall
        assert (handler.delivered - before, handler.dropped) == (count, {})
        return spent

    return run


def _logged_first(client: Elasticsearch) -> _Run:
    formatter = JsonFormatter("bench")
    actions: list[_Action] = []

    class Keep(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            formatter.format(record)
            actions.append(_action(record, formatter))

    logger = _logger("by hand", Keep())

    def run(count: int) -> tuple[float, float]:
        actions.clear()
        cpu, wall = time.process_time(), time.perf_counter()
        for _ in range(count):
            logger.info(_message(), extra=FIELDS)
        stored = _store(client, actions, 100)
        spent = time.process_time() - cpu, time.perf_counter() - wall
        assert stored == count
        return spent

    return run


def _logged(handler: ElasticsearchHandler) -> _Run:
    logger = _logger("ours", handler)

    def run(count: int) -> tuple[float, float]:
        before = handler.delivered
        cpu, wall = time.process_time(), time.perf_counter()
        for _ in range(count):
            logger.info(_message(), extra=FIELDS)
        handler.deliver(_DELIVERY_SECONDS)
        spent = time.process_time() - cpu, time.perf_counter() - wall
        assert (handler.delivered - before, handler.dropped) == (count, {})
        return spent

    return run


def _one_by_one(client: Elasticsearch) -> _Run:
    formatter = JsonFormatter("bench")

    def run(count: int) -> tuple[float, float]:
        made = [_action(each, formatter) for each in _records(count // _SHARE, formatter)]
        cpu, wall = time.process_time(), time.perf_counter()
        for action, line in made:
            place = action["create"]
            client.create(index=place["_index"], id=place["_id"], document=line)  # type: ignore[arg-type]
        return (time.process_time() - cpu) * _SHARE, (time.perf_counter() - wall) * _SHARE

    return run


def _logger(name: str, handler: logging.Handler) -> logging.Logger:
    logger = logging.getLogger(f"bench.elasticsearch.{name}")
    logger.setLevel(logging.INFO)
    logger.propagate = False
    logger.addHandler(handler)
    return logger
