"""Answers bulk requests as a test tells it to, one document after the other."""

import json
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

#: What becomes of one document: its status and, for a refusal, its error.
Answer = tuple[int, dict[str, str] | None]


def taken(_: dict[str, Any]) -> Answer:
    """Store it."""
    return 201, None


class BulkServer(ThreadingHTTPServer):
    """A double of Elasticsearch on loopback: ``/_bulk`` only, ids are kept.

    Attributes:
        answer: decides about each document; ``taken`` by default.
        status: of the whole request; another one than 200 refuses it.
        product: whether it says that it is Elasticsearch.
        most_bytes: a longer request is answered by 413.
        lose_answers: so many requests are worked off but never answered.
        stored: documents by id.
        sizes: number of documents of each request.
        authorizations: what each request brought for its login.
    """

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answer: Callable[[dict[str, Any]], Answer] = taken
        self.status = 200
        self.product = True
        self.most_bytes = 100_000_000
        self.lose_answers = 0
        self.stored: dict[str, dict[str, Any]] = {}
        self.sizes: list[int] = []
        self.authorizations: list[str | None] = []
        self._thread = threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05})

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.server_port}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()
        self.server_close()
        self._thread.join()


class _Handler(BaseHTTPRequestHandler):
    server: BulkServer
    protocol_version = "HTTP/1.1"

    def do_PUT(self) -> None:
        """Take one bulk request."""
        server = self.server
        body = self.rfile.read(int(self.headers["content-length"]))
        lines = body.rstrip(b"\n").split(b"\n")
        server.sizes.append(len(lines) // 2)
        server.authorizations.append(self.headers.get("authorization"))
        if len(body) > server.most_bytes:
            self._say(413, {"error": "too large"})
        elif server.status != 200:
            self._say(server.status, {"error": {"type": "refused"}})
        else:
            items = [
                self._store(json.loads(action)["create"], json.loads(source))
                for action, source in zip(lines[::2], lines[1::2], strict=True)
            ]
            if server.lose_answers:
                server.lose_answers -= 1
                self.close_connection = True
                return
            self._say(200, {"took": 1, "errors": True, "items": items})

    do_POST = do_PUT  # noqa: N815 -- the base class's name

    def _store(self, place: dict[str, str], source: dict[str, Any]) -> dict[str, Any]:
        status, error = self.server.answer(source)
        if status == 201 and place["_id"] in self.server.stored:
            status, error = 409, {"type": "version_conflict_engine_exception"}
        if status == 201:
            self.server.stored[place["_id"]] = {"_index": place["_index"], **source}
        return {"create": {**place, "status": status, **({"error": error} if error else {})}}

    def _say(self, status: int, answer: dict[str, Any]) -> None:
        body = json.dumps(answer).encode()
        self.send_response(status)
        if self.server.product:
            self.send_header("x-elastic-product", "Elasticsearch")
        self.send_header("content-type", "application/vnd.elasticsearch+json;compatible-with=9")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""
