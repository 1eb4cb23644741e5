"""Elasticsearch not there yet, killed, and back: what fits arrives once, the rest is counted."""

import logging
import socket
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from agent_telemetry import BatchElasticsearchHandler, ElasticsearchHandler
from agent_telemetry.standby import RING_RECORDS
from commands.checkout import ROOT
from tests.elasticsearch_server import (
    ElasticsearchServer,
    elasticsearch_home,
    elasticsearch_server,
)
from tests.polling import wait_for
from tests.process.elasticsearch_stacks import forget

EXIT_SECONDS = 2.0
SMALL = 300


@pytest.fixture
def node() -> Iterator[ElasticsearchServer]:
    """A node that is not started yet."""
    with (
        elasticsearch_home() as home,
        elasticsearch_server(home, started=False) as server,
    ):
        yield server


def _logger(handler: ElasticsearchHandler) -> logging.Logger:
    log = logging.getLogger(f"elasticsearch.{id(handler)}")
    log.setLevel(logging.INFO)
    log.propagate = False
    log.handlers = [handler]
    return log


def _stored(server: ElasticsearchServer, prefix: str) -> list[int]:
    return sorted(hit["_source"]["extra"]["n"] for hit in server.documents(f"{prefix}-2*"))


def test_standby_then_outage(node: ElasticsearchServer) -> None:
    """Before the first contact nothing counts as dropped; after it sent = stored + dropped."""
    large = ElasticsearchHandler(node.url, flush_interval=0.5)
    small = BatchElasticsearchHandler(
        node.url, flush_interval=0.5, queue_size=SMALL, index_prefix="agent-logs-small"
    )
    logs = [_logger(large), _logger(small)]

    def write(first: int, last: int) -> None:
        for number in range(first, last):
            for log in logs:
                log.info("record", extra={"n": number})

    try:
        write(0, 1)
        wait_for(lambda: large.capacity == RING_RECORDS, within=30, what="standby")
        write(1, 3000)
        assert (large.depth, large.dropped, small.depth, small.dropped) == (0, {}, 0, {})

        node.start()
        forget(node)
        wait_for(lambda: large.deliver(1) and large.delivered > 0, within=60, what="contact")
        wait_for(lambda: small.deliver(1) and small.delivered > 0, within=60, what="contact")
        assert _stored(node, "agent-logs") == list(range(3000 - RING_RECORDS, 3000))
        assert _stored(node, "agent-logs-small") == list(range(3000 - SMALL, 3000))
        assert (large.dropped, small.dropped) == ({}, {})

        before = {handler: handler.delivered for handler in (large, small)}
        write(3000, 3500)
        node.kill()
        write(3500, 5000)
        node.start()
        write(5000, 5200)
        assert large.deliver(60)
        assert small.deliver(60)
        assert _stored(node, "agent-logs") == list(range(3000 - RING_RECORDS, 5200))
        assert large.dropped == {}
        assert large.delivered - before[large] == 2200
        lost = sum(small.dropped.values())
        assert lost > 0
        assert small.delivered - before[small] + lost == 2200
        # A batch whose answer was lost by the kill may be stored and be dropped here afterwards.
        stored = _stored(node, "agent-logs-small")
        assert len(set(stored)) == len(stored)
        assert small.delivered <= len(stored) <= small.delivered + SMALL
    finally:
        for handler in (large, small):
            handler.close()


@pytest.mark.parametrize("there", ["nobody", "one that never answers"])
def test_exit_with_elasticsearch_dead(there: str, tmp_path) -> None:
    """A program ends within 2 s and with status 0 although nobody takes its records."""
    with socket.socket() as dead:
        dead.bind(("127.0.0.1", 0))
        if there != "nobody":
            dead.listen()
        done = subprocess.run(
            [sys.executable, "-m", "tests.process.log_program", "count=500", "wait=0"],
            cwd=ROOT, capture_output=True, text=True, check=False, timeout=60,
            env={
                "PATH": "/usr/bin:/bin", "AGENT_TELEMETRY_LOG_DIR": str(tmp_path),
                "AGENT_TELEMETRY_ELASTICSEARCH_URL": f"http://127.0.0.1:{dead.getsockname()[1]}",
            },
        )  # fmt: skip
        ended = time.time()
    assert done.returncode == 0, done.stderr[-3000:]
    logged = next(line for line in done.stdout.splitlines() if line.startswith("logged "))
    assert ended - float(logged.removeprefix("logged ")) < EXIT_SECONDS
