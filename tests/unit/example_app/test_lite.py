"""``python -m example_app.lite`` as a process: it answers, says little, and ends at once."""

import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.polling import wait_for

ROOT = Path(__file__).parents[3]
#: Promised are two seconds; the rest is for a loaded machine to start and reap processes.
END_SECONDS = 5


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Start lite on a port of its own."""
    begun: list[subprocess.Popen[str]] = []

    def run(module: str = "example_app.lite", **variables: str) -> subprocess.Popen[str]:
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        environment = {
            **kept,
            "PORT": "0",
            "AGENT_TELEMETRY_LOG_DIR": str(tmp_path / "logs"),
            "PYTHONUNBUFFERED": "1",
            **variables,
        }
        process = subprocess.Popen(
            [sys.executable, "-m", module],
            env=environment,
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        begun.append(process)
        return process

    yield run
    for process in begun:
        process.kill()
        process.communicate()


def url_of(process: subprocess.Popen[str]) -> str:
    """Read the address from what the process says, and wait until it is ready."""
    assert process.stdout is not None
    said = (re.search(r"http://localhost:(\d+)/$", line.strip()) for line in process.stdout)
    port = next((found[1] for found in said if found), None)
    assert port, f"lite ended: {process.wait()}"
    url = f"http://127.0.0.1:{port}"
    wait_for(
        lambda: httpx.get(f"{url}/ready").status_code == 200,
        within=30,
        what="lite is ready",
        pause=0.1,
    )
    return url


def ask(url: str, **body: Any) -> httpx.Response:
    """Post one chat."""
    sent = {"message": "Where is my order 1042?", **body}
    return httpx.post(f"{url}/chat", json=sent, timeout=60)


def test_lite_answers_and_logs_to_files_only(start, tmp_path: Path) -> None:
    """One process answers with a tool; what it prints is for people, its log is JSON in a file."""
    process = start(SIM_LATENCY_SCALE="0")
    answer = ask(url_of(process)).json()
    assert answer["tools"][0]["name"] == "lookup_order"
    assert answer["cost_usd"] > 0
    process.send_signal(signal.SIGTERM)
    printed, _ = process.communicate(timeout=END_SECONDS)
    assert "{" not in printed.replace('{"message"', "")
    (file,) = (tmp_path / "logs").glob("app-*.jsonl")
    events = [json.loads(line).get("event") for line in file.read_text("utf-8").splitlines()]
    told = [event for event in events if event]
    assert told[0] == "application_started"
    assert "request_end" in told
    assert told[-1] == "application_shutdown"


@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGINT])
def test_lite_ends_at_once_with_chats_under_way(start, end: signal.Signals) -> None:
    """Chats that wait for a slow model, streams among them, do not hold up the end."""
    process = start(SIM_LATENCY_SCALE="100")
    url = url_of(process)

    def chat(number: int) -> None:
        with contextlib.suppress(httpx.HTTPError):
            ask(url, message=f"Where is my order {number}?", stream=number % 2 == 0)

    for number in range(8):
        threading.Thread(target=chat, args=(1040 + number,), daemon=True).start()
    busy = re.compile(r"^agent_active_count 8\.0$", re.MULTILINE)
    wait_for(
        lambda: busy.search(httpx.get(f"{url}/metrics").text),
        within=20,
        what="eight chats are under way",
        pause=0.1,
    )
    process.send_signal(end)
    printed, _ = process.communicate(timeout=END_SECONDS)
    assert "Traceback" not in printed


def test_taken_port_is_said_by_its_variable(start) -> None:
    """A port that another program holds ends the start with a sentence that names APP_PORT."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        process = start(PORT=str(port))
        printed, _ = process.communicate(timeout=30)
    assert process.returncode == 2
    assert f"APP_PORT={port}" in printed
    assert "Traceback" not in printed


@pytest.mark.parametrize("module", ["example_app", "example_app.lite"])
def test_wrong_setting_ends_the_start(start, module: str) -> None:
    """A value that is not accepted ends the start with its variable's name, whatever the way."""
    process = start(module, AGENT_QUEUE_SIZE="many")
    printed, _ = process.communicate(timeout=30)
    assert process.returncode == 2
    assert "AGENT_QUEUE_SIZE='many'" in printed
    assert "Traceback" not in printed


def test_backends_that_are_gone_hold_up_nothing(start) -> None:
    """With an OTLP endpoint where nothing listens, lite answers, and ends all the same."""
    process = start(OTEL_EXPORTER_OTLP_ENDPOINT="http://127.0.0.1:9", SIM_LATENCY_SCALE="0")
    url = url_of(process)
    started = time.monotonic()
    assert ask(url).status_code == 200
    assert time.monotonic() - started < 30
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=END_SECONDS)
