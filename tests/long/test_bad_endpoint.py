"""An OTLP endpoint that is bad in five ways, under load: ENDPOINT_SECONDS (60) for each."""

import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from commands.checkout import ROOT

SECONDS = float(os.environ.get("ENDPOINT_SECONDS", "60"))
THREADS = 8
#: From 40 % of the load to its end; the queue of 2000 spans was full long before.
GROWTH_BYTES = 32 * 2**20
EXIT_SECONDS = 2.0
SLOW_SECONDS = 2.0


class Slow(BaseHTTPRequestHandler):
    """Takes spans, two seconds for each answer."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        self.answer()

    def answer(self) -> None:
        """Answer what was sent."""
        time.sleep(SLOW_SECONDS)
        self.say(200)

    def say(self, status: int) -> None:
        """Answer with a status and nothing else."""
        self.send_response(status)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class Failing(Slow):
    """Answers 500 to everything."""

    def answer(self) -> None:
        """Answer what was sent."""
        self.say(500)


class Garbage(Slow):
    """Answers with bytes that are no HTTP."""

    def answer(self) -> None:
        """Answer what was sent."""
        self.wfile.write(b"\x00\xff\xfe garbage \r\n\r\n" * 10)
        self.close_connection = True


#: What stands behind the endpoint; the others are a socket only.
HANDLERS = {"slow": Slow, "failing": Failing, "garbage": Garbage}


@pytest.fixture
def endpoint(request: pytest.FixtureRequest) -> Iterator[str]:
    """An endpoint that behaves as the parameter says."""
    if handler := HANDLERS.get(request.param):
        with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
            server.daemon_threads = True
            server.block_on_close = False
            threading.Thread(target=server.serve_forever, daemon=True).start()
            yield f"http://127.0.0.1:{server.server_port}/v1/traces"
            server.shutdown()
        return
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        if request.param == "hanging":
            taken.listen(100)  # the kernel accepts; nobody ever answers
        yield f"http://127.0.0.1:{taken.getsockname()[1]}/v1/traces"


@pytest.mark.parametrize("endpoint", ["refused", "hanging", *HANDLERS], indirect=True)
def test_host_goes_on_and_every_span_is_accounted_for(endpoint: str) -> None:
    """No exception, memory bounded, ended = exported + dropped + held, gone 2 s after the load."""
    child = subprocess.run(
        [sys.executable, "-m", "tests.long.endpoint_load", endpoint, str(SECONDS), str(THREADS)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=SECONDS + 120,
    )
    gone_at = time.time()
    assert child.returncode == 0, child.stderr[-3000:]
    told = json.loads(child.stdout.splitlines()[-1])
    print(endpoint, json.dumps(told), "gone after", round(gone_at - told["load_ended_at"], 2), "s")
    assert told["faults"] == []
    assert "Traceback" not in child.stderr
    assert told["own_faults"] is None
    assert told["ended"] > 2000
    assert told["dropped"] > 0
    assert told["ended"] == told["exported"] + told["dropped"] + told["held"]
    first, last = told["resident"]
    assert last - first < GROWTH_BYTES, told["resident"]
    assert gone_at - told["load_ended_at"] <= EXIT_SECONDS
