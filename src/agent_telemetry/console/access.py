"""Who may read the console: by name and password, by a token, or as a function of yours says."""

import base64
import binascii
import hmac
import inspect
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie

from starlette.requests import HTTPConnection

#: Says whether whoever asks may read; called for pages and for websockets.
Access = Callable[[HTTPConnection], bool | Awaitable[bool]]

_COOKIE = "agent_telemetry_console"


@dataclass(frozen=True)
class BasicAccess:
    """Access by name and password.

    Attributes:
        name: the user's name.
        password: the password; not shown by ``repr``.
        challenge: what a browser is told, so that it asks.
    """

    name: str
    password: str
    challenge: str = 'Basic realm="console", charset="UTF-8"'

    def __repr__(self) -> str:
        return f"BasicAccess({self.name!r})"

    def __call__(self, connection: HTTPConnection) -> bool:
        """Whether the request carries the name and the password."""
        kind, _, given = connection.headers.get("authorization", "").partition(" ")
        if kind.lower() != "basic":
            return False
        try:
            found = base64.b64decode(given, validate=True)
        except (binascii.Error, ValueError):
            return False
        return hmac.compare_digest(found, f"{self.name}:{self.password}".encode())


@dataclass(frozen=True)
class TokenAccess:
    """Access by a token: ``Authorization: Bearer …``, or once ``?token=…`` in a browser.

    Attributes:
        token: the token; not shown by ``repr``.
        challenge: what a client is told that has none.
    """

    token: str
    challenge: str = "Bearer"

    def __repr__(self) -> str:
        return "TokenAccess()"

    def __call__(self, connection: HTTPConnection) -> bool:
        """Whether the request carries the token."""
        kind, _, given = connection.headers.get("authorization", "").partition(" ")
        if kind.lower() != "bearer":
            given = connection.query_params.get("token", "")
        return hmac.compare_digest(given.strip().encode(), self.token.encode())


def basic_access(name: str, password: str) -> Access:
    """Return access by name and password.

    Raises:
        ValueError: one of them is empty.
    """
    if not name or not password:
        raise ValueError("basic_access needs a name and a password that are not empty")
    return BasicAccess(name, password)


def token_access(token: str) -> Access:
    """Return access by a token.

    Raises:
        ValueError: the token is empty.
    """
    if not token:
        raise ValueError("token_access needs a token that is not empty")
    return TokenAccess(token)


class Doorkeeper:
    """Asks the access function, and remembers by a cookie whom it has let in.

    The cookie is for the websocket of a page, which some browsers open without the password.

    Args:
        access: the function; None lets everybody in.
        path: the cookie's path.
    """

    def __init__(self, access: Access | None, path: str) -> None:
        self._access = access
        self._path = path
        self._key = secrets.token_urlsafe(32)

    @property
    def challenge(self) -> str:
        """What somebody who was refused is told to send; empty when a function of yours decides."""
        return str(getattr(self._access, "challenge", ""))

    async def admits(self, connection: HTTPConnection) -> bool:
        """Whether somebody may read."""
        if self._access is None or self._knows(connection):
            return True
        answer = self._access(connection)
        return bool(await answer if inspect.isawaitable(answer) else answer)

    def cookie(self, connection: HTTPConnection) -> str | None:
        """Return the cookie for somebody who was let in, None when there is no need of one."""
        if self._access is None or self._knows(connection):
            return None
        secure = "; Secure" if connection.url.scheme in {"https", "wss"} else ""
        return (
            f"{_COOKIE}={self._key}; Path={self._path}; HttpOnly; SameSite=Strict"
            f"; Max-Age=43200{secure}"
        )

    def _knows(self, connection: HTTPConnection) -> bool:
        try:
            found = SimpleCookie(connection.headers.get("cookie", "")).get(_COOKIE)
        except CookieError:
            return False
        return found is not None and hmac.compare_digest(found.value.encode(), self._key.encode())
