"""NiceGUI, which serves the pages: set up once in a process, for the consoles of all stacks."""

import asyncio
from contextlib import AsyncExitStack
from functools import cache

from fastapi import FastAPI
from nicegui import ui

from agent_telemetry.console.quiet_websockets import quiet_websockets

#: Where our pages are inside the toolkit: a host's own pages of it may be anywhere else.
INSIDE = "/_agent_telemetry_console"


class Toolkit:
    """NiceGUI in an app of its own, which is mounted where the console is wanted.

    It has one event loop: that in which it is first started.

    Attributes:
        app: serves pages, their websocket, and NiceGUI's own files; nothing comes from elsewhere.
    """

    def __init__(self) -> None:
        self.app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
        ui.run_with(
            self.app,
            mount_path="/",
            title="Console",
            favicon=_ICON,
            dark=None,
            binding_refresh_interval=None,
            # A page is drawn anew every few seconds: what was missed is not worth keeping.
            message_history_length=5,
            tailwind=False,
            show_welcome_message=False,
        )
        self._loop: asyncio.AbstractEventLoop | None = None
        self._running = AsyncExitStack()
        self._users = 0

    async def start(self) -> bool:
        """Start in the running event loop if need be; False while it runs in another one."""
        loop = asyncio.get_running_loop()
        if self._loop is loop:
            return True
        if self._loop is not None and not self._loop.is_closed():
            return False
        self._loop = loop
        self._running = AsyncExitStack()
        await self._running.enter_async_context(self.app.router.lifespan_context(self.app))
        return True

    async def join(self) -> None:
        """Start for an app that will ``leave``."""
        if await self.start():
            self._users += 1

    async def leave(self) -> None:
        """Stop after the last app of this event loop."""
        if self._loop is not asyncio.get_running_loop():
            return
        self._users -= 1
        if self._users <= 0:
            self._loop, self._users = None, 0
            await self._running.aclose()


@cache
def the_toolkit() -> Toolkit:
    """Return the toolkit of this process, with the console's pages in it."""
    from agent_telemetry.console.page_frame import add_pages  # noqa: PLC0415 -- it needs this module

    made = Toolkit()
    add_pages(INSIDE)
    quiet_websockets()
    return made


_ICON = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32"'
    ' rx="7" fill="#2457d6"/><path d="M5 18h5l4-9 5 15 4-10 2 4h3" fill="none" stroke="#fff"'
    ' stroke-width="2.5" stroke-linejoin="round" stroke-linecap="round"/></svg>'
)
