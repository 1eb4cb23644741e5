"""Notifiers for tests: one that remembers, one that fails, one that hangs; and a receiver."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from agent_telemetry.alerting.alert import Alert


class Remembering:
    """Keeps what it is told."""

    def __init__(self, name: str = "memory") -> None:
        self.name = name
        self.told: list[Alert] = []

    def send(self, alert: Alert) -> None:
        self.told.append(alert)

    @property
    def brief(self) -> list[tuple[str, str]]:
        """Name and status of each."""
        return [(alert.name, alert.status) for alert in self.told]


class Failing:
    """Raises, the first times or always."""

    def __init__(self, error: Exception, times: float = float("inf"), name: str = "bad") -> None:
        self.name = name
        self.error = error
        self.times = times
        self.attempts = 0
        self.told: list[Alert] = []

    def send(self, alert: Alert) -> None:
        self.attempts += 1
        if self.attempts <= self.times:
            raise self.error
        self.told.append(alert)


class Hanging:
    """Never comes back until it is let go."""

    def __init__(self, name: str = "stuck") -> None:
        self.name = name
        self.begun = threading.Event()
        self.released = threading.Event()

    def send(self, alert: Alert) -> None:
        self.begun.set()
        self.released.wait(60)


class Receiver:
    """An HTTP server that keeps what is posted to it: a fake of Slack or of a webhook.

    Attributes:
        url: its address.
        bodies: the JSON of each call.
        statuses: what it answers next; 200 when it is empty.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self.bodies: list[Any] = []
        self.statuses: list[int] = []


@contextmanager
def receiver() -> Iterator[Receiver]:
    """Run one for as long as it is needed."""
    found = Receiver("")

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            found.bodies.append(json.loads(self.rfile.read(int(self.headers["content-length"]))))
            status = found.statuses.pop(0) if found.statuses else 200
            self.send_response(status)
            if status in {301, 302, 307}:
                self.send_header("location", f"{found.url}/elsewhere")
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        found.url = f"http://127.0.0.1:{server.server_port}"
        try:
            yield found
        finally:
            server.shutdown()
            thread.join()
