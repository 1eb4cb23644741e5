"""Hours of chats, shortened: SOAK_SECONDS (default 600) says for how long."""

import os
import time
from concurrent.futures import ThreadPoolExecutor

import psutil

from tests.smoke.chat_requests import ask, new_question
from tests.smoke.metric_samples import read_metrics, total

SECONDS = float(os.environ.get("SOAK_SECONDS", "600"))
AT_ONCE = 8
GROWTH_BYTES = 64 * 2**20


def _chats_until(lite, deadline: float, label: str) -> int:
    """Send chats until a point in time; return how many were answered."""
    count = 0
    while time.monotonic() < deadline:
        response = ask(lite.http, new_question(), f"soak-{label}-{count}")
        assert response.status_code in {200, 429}, response.text
        count += response.status_code == 200
    return count


def test_memory_stays_and_counts_agree(start):
    """Chats without end: memory grows by less than 64 MiB, and no chat is miscounted."""
    lite = start(
        OTEL_EXPORTER_OTLP_ENDPOINT="http://127.0.0.1:9", AGENT_TELEMETRY_SPAN_QUEUE_SIZE="1000"
    )
    process = psutil.Process(lite.child.pid)
    answered, resident = 0, []
    for share in (0.2, 0.8):
        deadline = time.monotonic() + SECONDS * share
        with ThreadPoolExecutor(AT_ONCE) as pool:
            sent = [
                pool.submit(_chats_until, lite, deadline, f"{share}-{n}") for n in range(AT_ONCE)
            ]
        answered += sum(one.result() for one in sent)
        resident.append(process.memory_info().rss)
    counted = total(
        read_metrics(lite.http), "agent_requests_total", {"endpoint": "/chat", "status": "success"}
    )
    assert counted == answered
    assert resident[1] - resident[0] < GROWTH_BYTES, resident
