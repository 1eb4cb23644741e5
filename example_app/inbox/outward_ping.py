"""Tells a dead man's service outside that alerts still arrive.

Whoever asks `/watchdog` must run somewhere; when the whole machine is gone, nobody asks. A
service outside that expects a ping a minute, and calls people when none comes, notices.
"""

import asyncio
import sys
from collections.abc import Callable

import httpx

_SECONDS = 10


class OutwardPing:
    """Asks for one address at each beat, one request at a time, in the background.

    Args:
        address: What is asked for with GET; it often holds a secret, so it is never shown.
        count: Called with `ok`, `failed`, or `skipped`: the ping before was still under way.
        timeout: Seconds that one ping may take in all.
        transport: How requests are sent; the default is the network.
    """

    def __init__(
        self,
        address: str,
        count: Callable[[str], None],
        *,
        timeout: float = _SECONDS,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._address = address
        self._count = count
        self._timeout = timeout
        self._transport = transport
        self._under_way: asyncio.Task[None] | None = None

    def send(self) -> None:
        """Starts a ping and returns at once; it needs the running event loop."""
        if self._under_way is not None and not self._under_way.done():
            self._count("skipped")
            return
        self._under_way = asyncio.get_running_loop().create_task(self._ping())

    async def close(self) -> None:
        """Gives up the ping that is under way, if there is one."""
        if self._under_way is not None:
            self._under_way.cancel()
            await asyncio.gather(self._under_way, return_exceptions=True)

    async def _ping(self) -> None:
        try:
            async with asyncio.timeout(self._timeout):
                await self._ask()
        except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as error:
            self._count("failed")
            # The kind alone: the text of an error may quote the address.
            print(f"inbox: outward ping failed: {type(error).__name__}", file=sys.stderr)
        else:
            self._count("ok")

    async def _ask(self) -> None:
        async with (
            httpx.AsyncClient(transport=self._transport, timeout=self._timeout) as client,
            # The answer's body is not read: it may be of any size.
            client.stream("GET", self._address) as answer,
        ):
            answer.raise_for_status()
