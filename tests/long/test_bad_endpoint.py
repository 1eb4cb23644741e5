"""An OTLP endpoint that refuses, hangs or is slow, under load: ENDPOINT_SECONDS (60) for each."""

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
        time.sleep(SLOW_SECONDS)
        self.send_response(200)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def endpoint(request: pytest.FixtureRequest) -> Iterator[str]:
    """An endpoint that behaves as the parameter says."""
    if request.param == "slow":
        with ThreadingHTTPServer(("127.0.0.1", 0), Slow) as server:
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


@pytest.mark.parametrize("endpoint", ["refused", "hanging", "slow"], indirect=True)
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
    assert told["faults"] == []
    assert "Traceback" not in child.stderr
    assert told["own_faults"] is None
    assert told["ended"] > 2000
    assert told["dropped"] > 0
    assert told["ended"] == told["exported"] + told["dropped"] + told["held"]
    first, last = told["resident"]
    assert last - first < GROWTH_BYTES, told["resident"]
    assert gone_at - told["load_ended_at"] <= EXIT_SECONDS
