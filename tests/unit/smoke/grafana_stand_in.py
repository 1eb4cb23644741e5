"""A stand-in for Grafana's API on a local port: not Grafana, which no test here can have.

It answers the few calls of the smoke test in the form that Grafana documents. It proves that the
client asks for the right things and tells a refusal from an answer. That a real Grafana draws the
dashboards is proved only where GRAFANA_URL names one, or the stack has one.
"""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

from tests.config.dashboard_files import dashboards

_FRAME = {"schema": {"fields": []}, "data": {"values": [[1, 2], [3.0, 4.0]]}}


@dataclass
class StandIn:
    """What it was asked, and what it refuses.

    Attributes:
        url: where it answers.
        login: the header that it lets in.
        asked: the bodies of ``/api/ds/query``.
        refused: text in a query → what the data source says about it.
        empty: whether its answers have no values.
        broken_page: whether a panel of a page shows an error.
    """

    url: str
    login: str
    asked: list[dict[str, Any]] = field(default_factory=list)
    refused: dict[str, str] = field(default_factory=dict)
    empty: bool = False
    broken_page: bool = False

    def answer(self, path: str, body: dict[str, Any] | None) -> tuple[int, Any]:
        """Return the status and what is sent as JSON, or as a page if it is text."""
        if path == "/api/search":
            return 200, [{"uid": uid, "type": "dash-db"} for uid in dashboards()]
        if path == "/api/dashboards/home":
            return 200, {"dashboard": dashboards()["overview"]}
        if path == "/api/ds/query" and body is not None:
            self.asked.append(body)
            results = {one["refId"]: self._result(one) for one in body["queries"]}
            return (400 if any("error" in r for r in results.values()) else 200), {
                "results": results
            }
        uid = path.rpartition("/")[2]
        if uid in dashboards() and path.startswith("/api/dashboards/uid/"):
            return 200, {"dashboard": dashboards()[uid], "meta": {"provisioned": True}}
        if uid in dashboards() and path.startswith("/d/"):
            failed = "<i data-testid='data-testid Panel status error'>!</i>" * self.broken_page
            return 200, f"<h2 data-testid='data-testid Panel header One'>{uid}</h2>{failed}"
        return 404, {"message": "Not found"}

    def _result(self, query: dict[str, Any]) -> dict[str, Any]:
        for text, told in self.refused.items():
            if text in json.dumps(query):
                return {"status": 400, "error": told, "frames": []}
        return {"status": 200, "frames": [] if self.empty else [_FRAME]}


@contextmanager
def grafana_stand_in(login: str) -> Iterator[StandIn]:
    """Run it on a free port."""

    class Handler(BaseHTTPRequestHandler):
        def _reply(self) -> None:
            length = int(self.headers.get("content-length", 0))
            body = json.loads(self.rfile.read(length)) if length else None
            path = urlsplit(self.path).path
            status, found = 401, {"message": "Unauthorized"}
            if self.headers.get("authorization") == stand_in.login:
                status, found = stand_in.answer(path, body)
            is_page = isinstance(found, str)
            sent = (found if is_page else json.dumps(found)).encode()
            self.send_response(status)
            self.send_header("content-type", "text/html" if is_page else "application/json")
            self.send_header("content-length", str(len(sent)))
            self.end_headers()
            self.wfile.write(sent)

        do_GET = do_POST = _reply  # noqa: N815 -- the names that http.server calls

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    stand_in = StandIn(f"http://127.0.0.1:{server.server_port}", login)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield stand_in
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
