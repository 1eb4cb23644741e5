"""Gives each request an id and tells it in the headers, under both vendors' names."""

import hashlib
import itertools

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_KEY = "request_id"


def request_id_of(scope: Scope) -> str:
    """The id of a request."""
    return str(scope.get("state", {}).get(_KEY, ""))


class RequestIds:
    """ASGI middleware: `x-request-id` is OpenAI's name of the header, `request-id` Anthropic's.

    Args:
        app: The application inside.
        seed: Goes into the ids, so that two simulators do not share them.
    """

    def __init__(self, app: ASGIApp, *, seed: int) -> None:
        self._app = app
        self._seed = seed
        self._numbers = itertools.count(1)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        text = f"{self._seed}/{next(self._numbers)}".encode()
        request_id = f"req_{hashlib.blake2b(text, digest_size=12).hexdigest()}"
        scope.setdefault("state", {})[_KEY] = request_id

        async def send_with_id(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers["x-request-id"] = headers["request-id"] = request_id
            await send(message)

        await self._app(scope, receive, send_with_id)
