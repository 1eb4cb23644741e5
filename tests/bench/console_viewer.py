"""Somebody who looks at the console, without a browser: loads pages and keeps them open."""

import re
from types import TracebackType
from typing import Self
from uuid import uuid4

import httpx
import socketio

_QUERY = re.compile(r"query: (\{.*?\}),")
_FIELD = re.compile(r"'(\w+)': ('[^']*'|\w+)")


class ConsoleViewer:
    """Pages of a console that are open, each with its websocket.

    Args:
        base: the agent's address.
        paths: the pages.

    Attributes:
        updates: how many times a page was drawn anew.
    """

    def __init__(self, base: str, paths: tuple[str, ...]) -> None:
        self._base = base
        self._paths = paths
        self._sockets: list[socketio.AsyncClient] = []
        self.updates = 0

    async def __aenter__(self) -> Self:
        async with httpx.AsyncClient(base_url=self._base, timeout=30) as http:
            for path in self._paths:
                page = await http.get(f"/console{path}")
                page.raise_for_status()
                await self._connect(page.text)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        for socket in self._sockets:
            await socket.disconnect()
        self._sockets = []

    async def _connect(self, page: str) -> None:
        """Open the websocket of a page as its script does."""
        told = _QUERY.search(page)
        assert told, page[:500]
        fields = {name: value.strip("'") for name, value in _FIELD.findall(told[1])}
        fields.update(
            tab_id=str(uuid4()),
            document_id=str(uuid4()),
            implicit_handshake="true",
            next_message_id=fields.get("next_message_id", "0"),
        )
        socket = socketio.AsyncClient()
        socket.on("update", self._updated)
        query = "&".join(f"{name}={value}" for name, value in fields.items())
        await socket.connect(
            f"{self._base}?{query}",
            socketio_path="/console/_nicegui_ws/socket.io",
            transports=["websocket"],
        )
        self._sockets.append(socket)

    def _updated(self, *_told: object) -> None:
        self.updates += 1
