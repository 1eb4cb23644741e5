"""Log records in a real Elasticsearch: each once, with all its fields, whatever is in it."""

import logging
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import certifi
import pytest

from agent_telemetry.logs.record import FIELDS
from commands.checkout import ROOT
from elk.index_template import NAME
from tests.elasticsearch_server import (
    ElasticsearchServer,
    elasticsearch_home,
    elasticsearch_server,
)
from tests.polling import wait_for
from tests.process.elasticsearch_stacks import counted, file_records, forget, numbers, stack_at
from tests.process.numbered_load import serve_requests

RECORDS = 2000
log = logging.getLogger("elasticsearch.test")


@pytest.fixture(scope="module")
def node() -> Iterator[ElasticsearchServer]:
    """A node for the tests of this file."""
    with elasticsearch_home() as home, elasticsearch_server(home) as server:
        yield server


@pytest.fixture
def server(node: ElasticsearchServer) -> ElasticsearchServer:
    """That node, without documents."""
    forget(node)
    return node


def test_every_field_comes_back(server: ElasticsearchServer, tmp_path: Path) -> None:
    """Each record of every stream is stored once, under its log_id, equal to the file's line."""
    with stack_at(server.url, tmp_path) as stack:
        ids = {"tenant_id": "acme", "user_id": "u-1", "session_id": "s-1", "agent_id": "support-1"}
        with stack.agent("support", **ids):
            try:
                int("a reason — with ünïcode")
            except ValueError:
                fields = {
                    "event": "everything", "model": "gpt-4o", "provider": "openai",
                    "tool_name": "lookup", "endpoint": "/chat", "status": "error",
                    "duration_seconds": 1.25, "tokens_input": 812, "tokens_output": 133,
                    "cost_usd": 0.0031, "request_id": "r-1", "own": {"deep": [1, 2.5, None, "x"]},
                }  # fmt: skip
                log.exception("everything there is", extra=fields)
        log.info("an operation")
        assert stack.audit("refund_granted", "Refund", tenant_id="acme", amount=12)
        assert stack.flush(20)
        told = file_records(tmp_path)
        stored = {hit["_id"]: hit for hit in server.documents()}
    assert {each["stream"] for each in told.values()} == {"operation", "error", "audit"}
    full = next(each for each in told.values() if each.get("event") == "everything")
    assert set(FIELDS) - set(full) == set()
    assert {name: hit["_source"] for name, hit in stored.items()} == told
    today = datetime.now(UTC).strftime("agent-logs-%Y.%m.%d")
    assert {hit["_index"] for hit in stored.values()} <= {
        f"agent-logs-{each['timestamp'][:10].replace('-', '.')}" for each in told.values()
    }
    assert today in {hit["_index"] for hit in stored.values()}


def test_numbered_records_while_it_is_killed(server: ElasticsearchServer, tmp_path: Path) -> None:
    """2000 records of requests, Elasticsearch killed among them: all answered, each there once."""

    def halfway() -> None:
        server.kill()
        server.start()

    with stack_at(server.url, tmp_path) as stack:
        log.info("contact")
        assert stack.flush(30)
        statuses = serve_requests(stack, requests=RECORDS // 10, each=10, halfway=halfway)
        assert set(statuses) == {200}
        assert stack.flush(60)
        assert numbers(server) == list(range(RECORDS))
        assert counted(stack, "telemetry_dropped_total") == 0
        assert counted(stack, "telemetry_exported_total") == server.stored()
        assert counted(stack, "telemetry_export_failures_total") > 0


def test_workers_and_exit(server: ElasticsearchServer, tmp_path: Path) -> None:
    """Forked workers each deliver their own records once before they end, audit records too."""
    words = ["workers=3", "count=300", "wait=30"]
    done = subprocess.run(
        [sys.executable, "-m", "tests.process.log_program", *words],
        cwd=ROOT, capture_output=True, text=True, check=False, timeout=120,
        env={
            "PATH": "/usr/bin:/bin", "AGENT_TELEMETRY_LOG_DIR": str(tmp_path),
            "AGENT_TELEMETRY_ELASTICSEARCH_URL": server.url,
        },
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    assert numbers(server) == list(range(900))
    streams = [hit["_source"]["stream"] for hit in server.documents()]
    assert streams.count("audit") == 3


def test_day_of_the_record_decides(server: ElasticsearchServer, tmp_path: Path) -> None:
    """A record goes into the index of its own day in UTC, also with a clock far ahead."""
    with stack_at(server.url, tmp_path) as stack:
        for created in (time.time(), 1_700_006_399.9, 4_102_444_800.0):
            record = log.makeRecord(log.name, logging.INFO, "", 0, "when", (), None)
            record.created = created
            log.handle(record)
        assert stack.flush(20)
    found = {hit["_index"] for hit in server.documents() if hit["_source"]["message"] == "when"}
    today = datetime.now(UTC).strftime("agent-logs-%Y.%m.%d")
    assert found == {today, "agent-logs-2023.11.14", "agent-logs-2100.01.01"}


@pytest.mark.parametrize(
    ("message", "extra"),
    [
        pytest.param("x" * 10_000_000, {}, id="message of 10 MB"),
        pytest.param("bytes", {"raw": bytes(range(256))}, id="binary"),
        pytest.param("nul \x00 in the middle", {"nul": "\x00"}, id="NUL"),
        pytest.param("many", {f"field_{each}": each for each in range(10_000)}, id="10000 fields"),
        pytest.param("two\nlines \x1b[31mred", {"ansi": "\x1b[2J"}, id="newline and ANSI"),
        pytest.param("lone \udcff surrogate", {"lone": "\udcff"}, id="invalid UTF-8"),
        pytest.param('{"create":{}}\n{"delete":{}}', {}, id="bulk injection"),
        pytest.param("wide", {"wide": "y" * 3_000_000}, id="extra of 3 MB"),
    ],
)
def test_hostile_records_arrive_bounded(
    server: ElasticsearchServer, tmp_path: Path, message: str, extra: dict
) -> None:
    """A hostile record is stored, bounded, and so is the one after it."""
    with stack_at(server.url, tmp_path) as stack:
        log.info(message, extra={"event": "hostile", **extra})
        log.info("after", extra={"event": "after"})
        assert stack.flush(30)
        hits = server.documents()
    events = sorted(hit["_source"].get("event", "") for hit in hits)
    assert events == ["after", "hostile"]
    assert max(len(str(hit["_source"])) for hit in hits) < 1_200_000


def test_deep_nesting(server: ElasticsearchServer, tmp_path: Path) -> None:
    """A value nested a thousand deep, and one that holds itself, cost none of their neighbours."""
    deep: list = []
    for _ in range(1000):
        deep = [deep]
    endless: list = []
    endless.append(endless)
    with stack_at(server.url, tmp_path) as stack:
        for value in (deep, endless):
            log.info("deep", extra={"event": "hostile", "deep": value})
            log.info("after", extra={"event": "after"})
        assert stack.flush(30)
        refused = counted(stack, "telemetry_dropped_total")
        events = [hit["_source"]["event"] for hit in server.documents()]
    assert events.count("after") == 2
    assert events.count("hostile") + refused == 2


def test_type_conflict_is_refused_alone(server: ElasticsearchServer, tmp_path: Path) -> None:
    """Of a batch only the records that the mapping refuses are given up, counted, said once."""
    with stack_at(server.url, tmp_path) as stack:
        for number in range(100):
            wrong = {"user_id": {"not": "a text"}} if number % 10 == 0 else {}
            log.info("record", extra={"n": number, **wrong})
        assert stack.flush(30)

        def settled() -> bool:
            assert counted(stack, "telemetry_dropped_total", reason="rejected") == 10
            return len(numbers(server)) == 90

        wait_for(settled, within=20, what="90 stored and 10 refused")
        stack.flush(10)
        told = [each for each in file_records(tmp_path).values()
                if each.get("event") == "record_refused"]  # fmt: skip
    assert len(told) == 1
    assert "a text" not in told[0]["message"]


def _blocks(guide: str, language: str) -> list[str]:
    """Return the code blocks of a guide in one language."""
    text = (ROOT / "docs" / "guides" / guide).read_text("utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def _run(words: list[str], **env: str) -> None:
    programs = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        words, cwd=ROOT, env={"PATH": programs, **env},
        capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr[-3000:]


def test_the_guide(server: ElasticsearchServer, tmp_path: Path) -> None:
    """The guide's blocks run as they stand, and store what they say."""
    server.http.delete(f"/_index_template/{NAME}").raise_for_status()
    _install, where, set_up = (
        each.replace("http://localhost:9200", server.url)
        for each in _blocks("elasticsearch.md", "sh")
    )
    whole, alone, secured = (
        each.replace("http://localhost:9200", server.url)
        for each in _blocks("elasticsearch.md", "python")
    )
    _run(["sh", "-ec", set_up])
    assert server.http.get(f"/_index_template/{NAME}").is_success
    variable, url = where.strip().removeprefix("export ").split("=", 1)
    _run([sys.executable, "-c", whole], AGENT_TELEMETRY_LOG_DIR=str(tmp_path), **{variable: url})
    _run([sys.executable, "-c", alone])
    _, _, server_of_it = server.url.partition("://")
    (tmp_path / "authority.pem").write_bytes(Path(certifi.where()).read_bytes())
    secured = secured.replace("logs.example.com:9200", server_of_it)
    secured = secured.replace("authority.pem", str(tmp_path / "authority.pem"))
    _run([sys.executable, "-c", f"from agent_telemetry import ElasticsearchHandler\n{secured}"])
    found = [hit["_source"] for hit in server.documents()]
    assert [each["message"] for each in found].count("order not found") == 2
    assert "audit" in {each["stream"] for each in found}
