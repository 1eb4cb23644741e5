"""A model that does what every message says: the worst that a prompt injection can achieve.

A message that is a JSON array of `[tool name, arguments as text]` pairs makes it call these tools
with these arguments; it then answers with the tools' results. Any other message is repeated.
"""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self


class ObedientModel(ThreadingHTTPServer):
    """Serves OpenAI's chat completions on a free port of this machine."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.base_url = f"http://127.0.0.1:{self.server_port}/v1"
        self._thread = threading.Thread(target=self.serve_forever, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self.shutdown()
        self.server_close()
        self._thread.join()


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self._answer({"object": "list", "data": []})

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        message = _next_message(body["messages"])
        reason = "tool_calls" if "tool_calls" in message else "stop"
        self._answer(
            {
                "model": body["model"],
                "choices": [{"index": 0, "message": message, "finish_reason": reason}],
                "usage": {"prompt_tokens": 10, "completion_tokens": 10},
            }
        )

    def _answer(self, value: Any) -> None:
        content = json.dumps(value).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *arguments: Any) -> None:
        """Say nothing."""


def _next_message(messages: list[dict[str, Any]]) -> dict[str, Any]:
    results = []
    for message in reversed(messages):
        if message["role"] == "user":
            break
        if message["role"] == "tool":
            results.append(message["content"])
    if results:
        return {"role": "assistant", "content": "\n".join(reversed(results))}
    question = next(m["content"] for m in reversed(messages) if m["role"] == "user")
    try:
        wanted = [(str(name), str(arguments)) for name, arguments in json.loads(question)]
    except (ValueError, TypeError):
        return {"role": "assistant", "content": question}
    calls = [
        {"id": f"call_{n}", "type": "function", "function": {"name": name, "arguments": arguments}}
        for n, (name, arguments) in enumerate(wanted)
    ]
    return {"role": "assistant", "content": None, "tool_calls": calls}
