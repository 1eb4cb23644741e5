"""100 000 numbered records into a real Elasticsearch that is killed and brought back among them."""

import logging
from collections import Counter
from collections.abc import Iterator

import pytest
from elasticsearch import Elasticsearch
from elasticsearch.helpers import scan

from tests.elasticsearch_server import (
    ElasticsearchServer,
    elasticsearch_home,
    elasticsearch_server,
)
from tests.polling import wait_for
from tests.process.elasticsearch_stacks import counted, forget, stack_at
from tests.process.numbered_load import serve_requests

REQUESTS, EACH = 2000, 50
RECORDS = REQUESTS * EACH


@pytest.fixture
def server() -> Iterator[ElasticsearchServer]:
    """A node with the template."""
    with elasticsearch_home() as home, elasticsearch_server(home) as node:
        forget(node)
        yield node


@pytest.mark.parametrize(
    "queue_size",
    [pytest.param(200_000, id="a queue for the outage"), pytest.param(2_000, id="a small queue")],
)
def test_load_and_kill(server: ElasticsearchServer, queue_size: int, tmp_path) -> None:
    """No request fails; each record is there once, or counted as dropped where room was short."""

    def halfway() -> None:
        server.kill()
        server.start()

    with stack_at(
        server.url, tmp_path, queue_size=queue_size, queue_bytes=512 * 1024 * 1024, capacity=1000
    ) as stack:
        # Before the first contact what falls out of the ring is not counted.
        logging.getLogger("numbered.load").info("contact")
        wait_for(
            lambda: stack.flush(5) and counted(stack, "telemetry_exported_total") > 0,
            within=120,
            what="contact",
        )
        statuses = serve_requests(stack, requests=REQUESTS, each=EACH, halfway=halfway)
        assert Counter(statuses) == {200: REQUESTS}
        assert stack.flush(300)
        dropped = counted(stack, "telemetry_dropped_total")
        delivered = counted(stack, "telemetry_exported_total")
    server.http.post("/agent-logs-*/_refresh")
    with Elasticsearch(server.url, request_timeout=60) as client:
        hits = scan(client, index="agent-logs-*", source=["extra.n"], size=5000)
        stored = Counter(hit["_source"].get("extra", {}).get("n", -1) for hit in hits)
    lines = stored.pop(-1)  # what the middleware says about each request, and the outage
    twice = {number: times for number, times in stored.items() if times > 1}
    print(f"{len(stored)} of {RECORDS} stored once, {dropped:.0f} dropped and counted")
    assert twice == {}
    if queue_size > RECORDS:
        assert (dropped, len(stored)) == (0, RECORDS)
        assert delivered == RECORDS + lines
    else:
        assert dropped > 0
        # A batch whose answer the kill swallowed may be stored and be dropped here afterwards.
        assert RECORDS - dropped <= len(stored) < RECORDS
