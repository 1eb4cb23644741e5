"""A model over real HTTP that answers by script, for what the simulator never does."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(frozen=True)
class Refused:
    """An answer of 4xx or 5xx."""

    status: int
    error: dict[str, str]
    headers: dict[str, str] = field(default_factory=dict)


#: The body of an answer in the pieces in which it is sent; an event is waited for before the next.
Script = list[bytes | threading.Event] | Refused


class ScriptedModel(ThreadingHTTPServer):
    """Serves one script a call, the last one for all further calls.

    Attributes:
        calls: how many calls there were.
        bodies: what was sent, in order.
    """

    daemon_threads = True
    #: 200 chats at once must not be refused by the kernel.
    request_queue_size = 512

    def __init__(self, scripts: tuple[Script, ...], hold: threading.Event) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.scripts = scripts
        self.hold = hold
        self.calls = 0
        self.bodies: list[bytes] = []

    @property
    def url(self) -> str:
        """Base URL of the API."""
        return f"http://127.0.0.1:{self.server_port}/v1"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: ScriptedModel

    def do_POST(self) -> None:
        self.server.bodies.append(self.rfile.read(int(self.headers["content-length"])))
        script = self.server.scripts[min(self.server.calls, len(self.server.scripts) - 1)]
        self.server.calls += 1
        self.server.hold.wait(30)
        if isinstance(script, Refused):
            self._refuse(script)
            return
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.send_header("transfer-encoding", "chunked")
        self.end_headers()
        for part in script:
            if isinstance(part, threading.Event):
                part.wait(30)
                continue
            self.wfile.write(f"{len(part):x}\r\n".encode() + part + b"\r\n")
            self.wfile.flush()
        # A script that is no whole answer ends as a cut connection does: without a last chunk.
        if script and not bytes(script[-1]).startswith(b"data: {"):
            self.wfile.write(b"0\r\n\r\n")
        self.close_connection = True

    def _refuse(self, script: Refused) -> None:
        body = json.dumps({"error": script.error}).encode()
        self.send_response(script.status)
        for name, value in {**script.headers, "content-length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def scripted_model(
    *scripts: Script, hold: threading.Event | None = None
) -> Iterator[ScriptedModel]:
    """Serve scripts: each is the body of one answer, in the pieces in which it is sent.

    Args:
        *scripts: the answers in order; a refusal is an answer too.
        hold: no answer begins before it is set.
    """
    if hold is None:
        hold = threading.Event()
        hold.set()
    server = ScriptedModel(scripts, hold)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        hold.set()
        server.shutdown()
        server.server_close()
        thread.join()


def chunk(text: str) -> bytes:
    """Return one event of a stream of the model."""
    data = {"model": "gpt-4o-mini", "choices": [{"index": 0, "delta": {"content": text}}]}
    return f"data: {json.dumps(data)}\n\n".encode()
