"""A client that hangs up, over bare ASGI: something that no HTTP library does on demand."""

import asyncio
import json
from typing import Any

Message = dict[str, Any]


async def post_and_leave(app: Any, body: dict[str, Any], leave: asyncio.Event | None) -> bytes:
    """Post a chat and hang up; return what had come until then.

    Args:
        app: the application.
        body: the chat.
        leave: when to hang up; by default at the first piece of the answer.
    """
    gone = asyncio.Event() if leave is None else leave
    parts = iter([{"type": "http.request", "body": json.dumps(body).encode()}])
    heard = bytearray()

    async def receive() -> Message:
        part = next(parts, None)
        if part is None:
            await gone.wait()
            return {"type": "http.disconnect"}
        return part

    async def send(message: Message) -> None:
        if message["type"] == "http.response.body" and message.get("body"):
            heard.extend(message["body"])
            if leave is None:
                gone.set()

    scope = {
        "type": "http", "method": "POST", "path": "/chat", "query_string": b"",
        "headers": [(b"content-type", b"application/json")], "http_version": "1.1",
        "asgi": {"version": "3.0"}, "scheme": "http", "server": ("test", 80),
    }  # fmt: skip
    await app(scope, receive, send)
    return bytes(heard)
