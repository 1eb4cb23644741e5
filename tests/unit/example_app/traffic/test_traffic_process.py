"""The traffic as its own process against an agent of a few lines."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

DEADLINE = 60


class _Agent(ThreadingHTTPServer):
    """Answers like the sample agent and keeps what it was asked."""

    def __init__(self):
        self.ready = threading.Event()
        self.probes = 0
        self.asked = []
        super().__init__(("127.0.0.1", 0), _Handler)
        self.url = f"http://127.0.0.1:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.probes += 1
        self._answer(200 if self.server.ready.is_set() else 503, {})

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.asked.append(body)
        try:
            message = json.loads(body).get("message")
        except ValueError:
            message = None
        if not message:
            self._answer(422, {"error": "no message"})
        else:
            session = f"s{len(self.server.asked)}"
            self._answer(200, {"session_id": session, "cached": True, "cost_usd": 0.5})

    def _answer(self, status, value):
        content = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *arguments):
        """Says nothing."""


@pytest.fixture
def agent():
    """A running agent that is not ready yet."""
    server = _Agent()
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def traffic(agent):
    """Starts the process; what is left of it is killed after the test."""
    started = []

    def _start(**environment):
        variables = {"TARGET": agent.url, "TRAFFIC_RATE": "600", **environment}
        process = subprocess.Popen(
            [sys.executable, "-m", "example_app.traffic"],
            env={**os.environ, **variables},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        return process

    yield _start
    for process in started:
        process.kill()
        process.communicate()


def until(question, what):
    """Waits until a question is answered with yes."""
    deadline = time.monotonic() + DEADLINE
    while not question():
        assert time.monotonic() < deadline, what
        time.sleep(0.05)


def finish(process):
    """The events of a process that ends now; its errors must be none."""
    output, errors = process.communicate(timeout=DEADLINE)
    assert process.returncode == 0, errors
    assert "Traceback" not in errors
    return [json.loads(line) for line in output.splitlines()]


def test_waits_for_ready_then_asks_and_ends_on_sigterm(agent, traffic):
    """Nothing is asked before `/ready`; SIGTERM ends it with a last report as JSON lines."""
    process = traffic()
    until(lambda: agent.probes >= 2, "the traffic did not ask for /ready twice")
    assert agent.asked == []
    agent.ready.set()
    until(lambda: len(agent.asked) >= 10, "the traffic did not ask")
    process.send_signal(signal.SIGTERM)
    events = finish(process)
    names = [event["event"] for event in events]
    assert names == ["traffic_waiting", "traffic_started", "traffic_minute", "traffic_ended"]
    minute = events[2]
    assert minute["requests"] >= 9
    assert minute["failed"] == 0
    assert minute["cost_usd"] == 0.5 * minute["succeeded"]


def test_follow_ups_carry_the_session(agent, traffic):
    """A second turn goes with the session id that the agent gave with the first."""
    agent.ready.set()
    traffic(TRAFFIC_RATE="3000", TRAFFIC_SEED="3")
    until(lambda: any(b'"session_id"' in body for body in list(agent.asked)), "no follow-up came")
    number, body = next(
        (n, json.loads(b)) for n, b in enumerate(agent.asked) if b'"session_id"' in b
    )
    assert int(body["session_id"].removeprefix("s")) <= number


def test_duration_ends_it(agent, traffic):
    """With TRAFFIC_DURATION it ends by itself."""
    agent.ready.set()
    assert finish(traffic(TRAFFIC_DURATION="1"))[-1]["event"] == "traffic_ended"


def test_survives_an_agent_that_goes_away(agent, traffic):
    """Refused connections are counted as failed, and the traffic goes on."""
    agent.ready.set()
    process = traffic(TRAFFIC_RATE="3000")
    until(lambda: len(agent.asked) >= 5, "the traffic did not ask")
    agent.shutdown()
    agent.server_close()
    # Long enough for some requests at this rate: the report must have them.
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(timeout=2)
    process.send_signal(signal.SIGTERM)
    assert finish(process)[-2]["failed"] > 0


def test_sigterm_ends_the_wait_for_ready(agent, traffic):
    """It need not become ready to be ended."""
    process = traffic()
    until(lambda: agent.probes >= 1, "the traffic did not ask for /ready")
    process.send_signal(signal.SIGTERM)
    assert [event["event"] for event in finish(process)] == ["traffic_waiting"]
    assert agent.asked == []


def test_bad_setting_is_named(traffic):
    """A value that is not accepted ends the start with the variable's name."""
    process = traffic(TRAFFIC_RATE="many")
    _, errors = process.communicate(timeout=DEADLINE)
    assert process.returncode == 2
    assert "TRAFFIC_RATE" in errors
    assert "Traceback" not in errors
