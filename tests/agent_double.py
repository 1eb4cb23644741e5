"""An agent of a few lines, for what sends requests to one."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class AgentDouble(ThreadingHTTPServer):
    """Answers like the sample agent and keeps what it was asked."""

    def __init__(self):
        self.ready = threading.Event()
        self.cut_streams = False
        self.failing = False
        self.probes = 0
        self.asked = []
        self.rated = []
        self.keys = set()
        super().__init__(("127.0.0.1", 0), _Handler)
        self.url = f"http://127.0.0.1:{self.server_port}"

    def __enter__(self):
        self._thread = threading.Thread(target=self.serve_forever, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *error):
        self.go_away()

    def go_away(self):
        """Stops listening."""
        self.shutdown()
        self.server_close()
        self._thread.join()

    def requests(self):
        """How many requests came."""
        return len(self.asked) + len(self.rated)


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.probes += 1
        self._answer(200 if self.server.ready.is_set() else 503, {})

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.keys.add(self.headers.get("X-API-Key"))
        try:
            asked = json.loads(body)
        except ValueError:
            asked = {}
        if self.path == "/feedback":
            self.server.rated.append(asked)
            self._answer(200, asked)
            return
        self.server.asked.append(body)
        if self.server.failing:
            self._answer(500, {"error": "broken"})
            return
        if not asked.get("message"):
            self._answer(422, {"error": "no message"})
            return
        number = len(self.server.asked)
        answer = {
            "session_id": f"s{number}",
            "trace_id": f"t{number}",
            "cached": True,
            "cost_usd": 0.5,
        }
        if asked.get("stream"):
            self._stream(answer)
        else:
            self._answer(200, answer)

    def _stream(self, answer):
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(b'event: token\r\ndata: {"text": "Soon."}\r\n\r\n')
        if not self.server.cut_streams:
            self.wfile.write(f"event: done\r\ndata: {json.dumps(answer)}\r\n\r\n".encode())

    def _answer(self, status, value):
        content = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *arguments):
        """Says nothing."""
