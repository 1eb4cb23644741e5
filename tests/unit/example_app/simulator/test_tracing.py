"""The simulator's own spans."""

import asyncio
import gzip
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import httpx
import pytest
import requests
from opentelemetry import trace
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from example_app.simulator import SimulatorSettings, SimulatorThread, create_simulator
from tests.unit.example_app.simulator.conftest import KEY

TRACEPARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
BODY = {"model": "gpt-4o-mini", "messages": [{"role": "user", "content": "Hi"}]}


async def _calls(app, *calls):
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://simulator") as client:
        for method, path, options in calls:
            await client.request(method, path, **options)


def spans_of(*calls):
    """The finished spans after some calls."""
    exporter = InMemorySpanExporter()
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    settings = SimulatorSettings(latency_scale=0, otlp_endpoint="")
    asyncio.run(_calls(create_simulator(settings, tracer_provider=provider), *calls))
    return exporter.get_finished_spans()


def test_span_continues_the_callers_trace():
    """One SERVER span of the fixed name has the caller's trace id and names the model."""
    headers = {**KEY, "traceparent": TRACEPARENT}
    (span,) = spans_of(("POST", "/v1/chat/completions", {"json": BODY, "headers": headers}))
    assert span.name == "POST /v1/chat/completions"
    assert span.kind is trace.SpanKind.SERVER
    assert f"{span.context.trace_id:032x}" == TRACEPARENT.split("-")[1]
    assert f"{span.parent.span_id:016x}" == TRACEPARENT.split("-")[2]
    assert span.attributes["gen_ai.request.model"] == "gpt-4o-mini"
    assert span.attributes["http.request.method"] == "POST"
    assert span.attributes["http.response.status_code"] == 200


def test_stream_has_one_finished_span():
    """A streamed answer gives one span that ends with the stream."""
    options = {"json": {**BODY, "stream": True}, "headers": KEY}
    (span,) = spans_of(("POST", "/v1/chat/completions", options))
    assert span.attributes["http.response.status_code"] == 200


def test_failed_call_is_an_error_span():
    """What the fault answers with 500 is an error in the trace."""
    *_, span = spans_of(
        ("PUT", "/faults/provider_500", {"json": {}}),
        ("POST", "/v1/chat/completions", {"json": BODY, "headers": KEY}),
    )
    assert span.status.status_code is trace.StatusCode.ERROR


def test_probes_and_faults_leave_no_span():
    """Health checks and fault orders are not the model's work."""
    assert spans_of(("GET", "/health", {}), ("GET", "/faults", {})) == ()


class _Collector(BaseHTTPRequestHandler):
    """Takes OTLP and keeps it."""

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        self.server.received.append((self.path, ExportTraceServiceRequest.FromString(body)))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *arguments):
        """Says nothing."""


@pytest.fixture
def collector():
    """An OTLP/HTTP receiver."""
    server = HTTPServer(("127.0.0.1", 0), _Collector)
    server.received = []
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def test_spans_leave_by_otlp_with_the_simulators_own_name(collector, monkeypatch):
    """At the end the last spans are sent, as `llm-simulator` whatever the environment says."""
    monkeypatch.setenv("OTEL_SERVICE_NAME", "example-agent")
    endpoint = f"http://127.0.0.1:{collector.server_port}"
    settings = SimulatorSettings(port=0, latency_scale=0, otlp_endpoint=endpoint)
    with SimulatorThread(settings) as simulator:
        url = f"{simulator.base_url}/chat/completions"
        assert requests.post(url, json=BODY, headers=KEY, timeout=10).ok
    ((path, sent),) = collector.received
    assert path == "/v1/traces"
    (resource,) = sent.resource_spans
    attributes = {pair.key: pair.value.string_value for pair in resource.resource.attributes}
    assert attributes["service.name"] == "llm-simulator"
    assert [span.name for span in resource.scope_spans[0].spans] == ["POST /v1/chat/completions"]


def test_nothing_global_is_touched():
    """The process' own tracer provider stays as it was, so that lite's agent keeps its own."""
    before = trace.get_tracer_provider()
    create_simulator(SimulatorSettings(otlp_endpoint="http://127.0.0.1:9"))
    assert trace.get_tracer_provider() is before
