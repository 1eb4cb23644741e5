"""The agent with every backend but its model gone: nothing is lost in silence, nothing blocks."""

import signal
import socket
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.polling import wait_for
from tests.smoke.chat_requests import ask, new_question
from tests.smoke.metric_samples import read_metrics, total

CHATS = 100
AT_ONCE = 10
QUEUE_SIZE = 50
EXIT_SECONDS = 2.0


@pytest.fixture
def closed_endpoint():
    """An OTLP address at which nobody ever listens: bound, so that nobody else can take it."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{taken.getsockname()[1]}"


def test_chats_go_on_and_drops_are_counted(start, closed_endpoint):
    """100 chats succeed, failures count, drops = generated - held, SIGTERM ends it in 2 s."""
    lite = start(
        OTEL_EXPORTER_OTLP_ENDPOINT=closed_endpoint,
        AGENT_TELEMETRY_SPAN_QUEUE_SIZE=str(QUEUE_SIZE),
    )
    with ThreadPoolExecutor(AT_ONCE) as pool:
        sent = [pool.submit(ask, lite.http, new_question(), f"dead-{i}") for i in range(CHATS)]
    answers = [one.result() for one in sent]
    assert {answer.status_code for answer in answers} == {200}
    assert all(answer.json()["reply"] for answer in answers)

    def counted():
        page = read_metrics(lite.http)
        assert total(page, "telemetry_export_failures_total", {"signal": "traces"}) > 0
        generated = total(page, "telemetry_spans_ended_total")
        dropped = total(page, "telemetry_dropped_total", {"signal": "traces"})
        held = total(page, "telemetry_queue_depth", {"signal": "traces"})
        assert generated > QUEUE_SIZE
        assert held <= QUEUE_SIZE
        assert dropped == generated - held, f"{dropped} dropped, {generated} made, {held} held"
        return True

    wait_for(counted, within=30, what="drops = generated - held")
    lite.child.send_signal(signal.SIGTERM)
    # Uvicorn ends in order and then passes the signal on to its own default.
    assert lite.child.wait(timeout=EXIT_SECONDS) in {0, -signal.SIGTERM}
    log = "".join(file.read_text() for file in (lite.directory / "logs").glob("app-*.jsonl"))
    assert "application_shutdown" in log
