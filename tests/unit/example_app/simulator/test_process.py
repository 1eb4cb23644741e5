"""The simulator as its own process, and in a thread."""

import os
import signal
import socket
import subprocess
import sys
import time

import pytest
import requests

from example_app.simulator import SimulatorSettings, SimulatorThread
from tests.unit.example_app.simulator.conftest import KEY


def test_process_serves_and_ends_on_sigterm():
    """`python -m example_app.simulator` answers on HOST and PORT and ends when told to.

    An answer that a fault cuts on purpose leaves no complaint of the server's on its output.
    """
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    environment = {**os.environ, "HOST": "127.0.0.1", "PORT": str(port)}
    process = subprocess.Popen(
        [sys.executable, "-m", "example_app.simulator"],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    try:
        deadline = time.monotonic() + 30
        while True:
            try:
                answer = requests.get(f"http://127.0.0.1:{port}/health", timeout=5)
                break
            except requests.ConnectionError:
                assert time.monotonic() < deadline, "the simulator did not come up"
                time.sleep(0.05)
        assert answer.json() == {"status": "ok"}
        with pytest.raises(requests.exceptions.ChunkedEncodingError):
            _cut_answer(f"http://127.0.0.1:{port}")
        process.send_signal(signal.SIGTERM)
        output, complaints = process.communicate(timeout=20)
        # The server shuts down in good order and then passes the signal on.
        assert process.returncode in {0, -signal.SIGTERM}
        assert b'"simulator_started"' in output
        assert complaints == b""
    finally:
        process.kill()
        process.communicate()


def _cut_answer(url):
    """Asks for an answer that breaks in the middle."""
    body = {"model": "gpt-4o-mini", "messages": [{"role": "user", "content": "Hello!"}]}
    headers = {**KEY, "x-simulator-fault": "cut_stream"}
    requests.post(f"{url}/v1/chat/completions", json=body, headers=headers, timeout=30)


def test_a_cut_answer_is_no_error_of_the_host(client, caplog):
    """In a thread of another program the cut leaves no line in that program's log."""
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        _cut_answer(client.root)
    assert [record for record in caplog.records if record.name == "uvicorn.error"] == []


def test_bad_setting_is_named():
    """A value that is not accepted ends the start with the variable's name, without traceback."""
    environment = {**os.environ, "SIM_LATENCY_SCALE": "fast"}
    done = subprocess.run(
        [sys.executable, "-m", "example_app.simulator"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )
    assert done.returncode == 2
    assert "SIM_LATENCY_SCALE" in done.stderr
    assert "Traceback" not in done.stderr


def test_thread_frees_its_port():
    """After `stop` nothing listens any more, and a new simulator can take the port."""
    settings = SimulatorSettings(port=0, latency_scale=0, otlp_endpoint="")
    with SimulatorThread(settings) as simulator:
        url = simulator.base_url
        assert requests.get(f"{url.removesuffix('/v1')}/health", timeout=10).ok
    with pytest.raises(requests.ConnectionError):
        requests.get(f"{url.removesuffix('/v1')}/health", timeout=10)
