"""A backend for spans over OTLP/HTTP: takes what is exported and shows it."""

import gzip
import threading
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from opentelemetry.proto.common.v1.common_pb2 import AnyValue
from opentelemetry.proto.trace.v1.trace_pb2 import Status


@dataclass(frozen=True)
class ReceivedSpan:
    """One span as a backend sees it.

    Attributes:
        service: who made it.
        name: its name.
        trace_id: 32 hex digits.
        tags: its attributes as Jaeger shows them, `error` for a failed one included.
    """

    service: str
    name: str
    trace_id: str
    tags: dict[str, str]


class OtlpReceiver(ThreadingHTTPServer):
    """Takes spans; also a context manager.

    Attributes:
        spans: what has arrived, in the order of arrival.
        bodies: the same as bytes, for what must be in none of them.
        connections: how many connections were opened to it.
    """

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.spans: list[ReceivedSpan] = []
        self.bodies: list[bytes] = []
        self.connections = 0

    @property
    def url(self) -> str:
        """The endpoint to export to."""
        return f"http://127.0.0.1:{self.server_port}"

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self.shutdown()
        self.server_close()
        self._thread.join()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"  # connections are kept, as real backends keep them
    server: OtlpReceiver

    def setup(self) -> None:
        super().setup()
        self.server.connections += 1

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        if self.headers.get("content-encoding") == "gzip":
            body = gzip.decompress(body)
        answer = ExportTraceServiceResponse().SerializeToString()
        if self.path == "/v1/traces":
            self.server.bodies.append(body)
            self.server.spans += _spans(body)
        self.send_response(200)
        self.send_header("content-type", "application/x-protobuf")
        self.send_header("content-length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def _spans(body: bytes) -> list[ReceivedSpan]:
    found = []
    for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
        names = {pair.key: _text(pair.value) for pair in resource.resource.attributes}
        for scope in resource.scope_spans:
            for span in scope.spans:
                tags = {pair.key: _text(pair.value) for pair in span.attributes}
                if span.status.code == Status.STATUS_CODE_ERROR:
                    tags["error"] = "true"
                found.append(
                    ReceivedSpan(names["service.name"], span.name, span.trace_id.hex(), tags)
                )
    return found


def _text(value: AnyValue) -> str:
    kind = value.WhichOneof("value")
    content = getattr(value, kind) if kind else ""
    return str(content).lower() if kind == "bool_value" else str(content)
