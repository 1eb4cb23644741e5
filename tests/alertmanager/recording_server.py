"""A FAKE of Slack, PagerDuty and other receivers: it answers as they do and keeps what it got."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

#: What is below this path is refused, as an Alertmanager refuses a file that it cannot use.
REFUSING = "/refusing"
#: Path → status and body with which the real one accepts.
_ANSWERS = {
    "/slack": (200, b"ok"),
    "/slack-warnings": (200, b"ok"),
    f"{REFUSING}/-/reload": (500, b"undefined receiver"),
    "/pagerduty": (202, b'{"status":"success","message":"Event processed","dedup_key":"x"}'),
}


@dataclass
class RecordingServer:
    """What has been received so far.

    Attributes:
        url: its address.
        bodies: path → JSON bodies in the order of their arrival.
        asked: paths of the requests without a body.
    """

    url: str
    asked: list[str] = field(default_factory=list)
    bodies: dict[str, list[Any]] = field(default_factory=dict)

    def got(self, path: str) -> list[Any]:
        """Return what arrived at one path."""
        return list(self.bodies.get(path, ()))


@contextmanager
def recording_server() -> Iterator[RecordingServer]:
    """Run the fake on a free port of the loopback interface."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers["content-length"] or 0)
            if length:
                server.bodies.setdefault(self.path, []).append(json.loads(self.rfile.read(length)))
            else:
                server.asked.append(self.path)
            status, answer = _ANSWERS.get(self.path, (200, b""))
            self.send_response(status)
            self.send_header("content-length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as http:
        server = RecordingServer(f"http://127.0.0.1:{http.server_port}")
        thread = threading.Thread(target=http.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield server
        finally:
            http.shutdown()
            thread.join()
