"""The door of the console: who may come in, and that nobody can change anything."""

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from starlette.requests import HTTPConnection
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocketClose

from agent_telemetry.console.access import Access, Doorkeeper
from agent_telemetry.console.toolkit import INSIDE, Toolkit

if TYPE_CHECKING:
    from agent_telemetry.console.console import Console

#: Where a request finds the console that it is for: one toolkit serves those of all stacks.
CONSOLE = "agent_telemetry.console"
_READING = frozenset({"GET", "HEAD"})
#: Everything comes from the host itself. The toolkit makes its templates into code in the browser.
_HEADERS = {
    "content-security-policy": (
        "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval';"
        " style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:;"
        " connect-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self';"
        " frame-ancestors 'none'"
    ),
    "referrer-policy": "same-origin",
    "x-content-type-options": "nosniff",
}


class Gate:
    """An ASGI app: lets readers through to the toolkit's pages, for one stack.

    Args:
        console: what the pages show.
        toolkit: serves the pages.
        path: where it is mounted.
        access: who may read.
    """

    def __init__(
        self, console: "Console", toolkit: Toolkit, path: str, access: Access | None
    ) -> None:
        self._console = console
        self._toolkit = toolkit
        self._door = Doorkeeper(access, path)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request or one websocket."""
        connection = HTTPConnection(scope)
        refusal = await self._refusal(connection)
        if refusal is not None:
            await refusal(scope, receive, send)
            return
        cookie = self._door.cookie(connection)
        scope[CONSOLE] = self._console
        if scope["type"] == "http":
            _lead_inside(scope)
        await self._toolkit.app(scope, receive, _with_headers(send, cookie))

    async def _refusal(self, connection: HTTPConnection) -> ASGIApp | None:
        web = connection.scope["type"] == "http"
        if web and connection.scope["method"] not in _READING:
            return _answer(405, "The console only shows; it takes GET.", allow="GET, HEAD")
        if not web and _comes_from_elsewhere(connection):
            return WebSocketClose(code=1008)
        if not await self._door.admits(connection):
            if not web:
                return WebSocketClose(code=1008)
            told = {"www-authenticate": self._door.challenge} if self._door.challenge else {}
            return _answer(401 if told else 403, "You may not read this console.", **told)
        if not await self._toolkit.start():
            return _answer(503, "Another event loop of this process serves the console.")
        return None


def _answer(status: int, text: str, **headers: str) -> Response:
    told = {name.replace("_", "-"): value for name, value in headers.items()}
    return PlainTextResponse(text + "\n", status, headers={**told, "cache-control": "no-store"})


def _comes_from_elsewhere(connection: HTTPConnection) -> bool:
    """Whether a page of another site opens the websocket: browsers do not stop that."""
    origin = connection.headers.get("origin")
    if not origin:
        return False
    host = connection.headers.get("x-forwarded-host") or connection.headers.get("host", "")
    return urlsplit(origin).netloc != host.split(",")[0].strip()


def _lead_inside(scope: Scope) -> None:
    """Turn a page's path into the toolkit's own: a host may have pages of the same toolkit."""
    root = scope.get("root_path", "")
    path = scope["path"]
    rest = path[len(root) :] if root and path.startswith(root) else path
    if not rest.startswith("/_nicegui"):
        scope["path"] = f"{root}{INSIDE}{rest}"


def _with_headers(send: Send, cookie: str | None) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = [*message.get("headers", ())]
            headers += [(name.encode(), value.encode()) for name, value in _HEADERS.items()]
            if cookie is not None:
                headers.append((b"set-cookie", cookie.encode()))
            message = {**message, "headers": headers}
        await send(message)

    return sending
