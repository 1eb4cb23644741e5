"""Span export: what an OTLP backend answers decides whether a batch is kept or given up."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from agent_telemetry import ObservabilityStack, Settings, create_observability_stack


class Backend(ThreadingHTTPServer):
    """An OTLP endpoint on loopback that answers as it is told."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.status = 200
        self.bodies: list[bytes] = []


class Handler(BaseHTTPRequestHandler):
    """Takes one export request."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        if self.server.status == 200:
            self.server.bodies.append(body)
        self.send_response(self.server.status)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def backend() -> Iterator[Backend]:
    """A running endpoint."""
    server = Backend()
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def exporting(backend: Backend) -> Iterator[ObservabilityStack]:
    """A stack that exports to it."""
    stack = create_observability_stack(
        settings=Settings(
            service_name="test-agent",
            otlp_traces_endpoint=f"http://127.0.0.1:{backend.server_port}/v1/traces",
            log_stdout=False,
            shutdown_seconds=0.5,
        )
    )
    yield stack
    stack.shutdown()


def read(stack: ObservabilityStack, name: str, **labels: str) -> float:
    """Read a sample of the traces signal."""
    return stack.registry.get_sample_value(name, {"signal": "traces", **labels}) or 0


def test_spans_arrive_as_otlp(exporting, backend) -> None:
    """A finished operation reaches the endpoint with service name and span name."""
    with exporting.chain("step-of-mine"):
        pass
    assert exporting.flush(5)
    assert b"step-of-mine" in backend.bodies[0]
    assert b"test-agent" in backend.bodies[0]
    assert read(exporting, "telemetry_exported_total") == 1


def test_refused_batch_is_dropped_and_the_next_arrives(exporting, backend) -> None:
    """A 400 is final: the batch is counted as rejected and does not block later ones."""
    backend.status = 400
    with exporting.chain("poison"):
        pass
    assert exporting.flush(5)
    assert read(exporting, "telemetry_dropped_total", reason="rejected") == 1
    backend.status = 200
    with exporting.chain("healthy"):
        pass
    assert exporting.flush(5)
    assert b"healthy" in backend.bodies[0]


def test_outage_keeps_the_batch(exporting, backend) -> None:
    """A 500 is an outage: the batch is kept, the failure counted, and it arrives afterwards."""
    backend.status = 500
    with exporting.chain("patient"):
        pass
    assert not exporting.flush(0.5)
    assert read(exporting, "telemetry_export_failures_total") >= 1
    assert read(exporting, "telemetry_dropped_total", reason="rejected") == 0
    backend.status = 200
    assert exporting.flush(10)
    assert b"patient" in backend.bodies[0]
