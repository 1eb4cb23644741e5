"""Calls through a vendor's own package, its sync client and its async client alike."""

import asyncio
from collections.abc import Callable
from typing import Any


class SyncCalls:
    """Calls through the sync client.

    Args:
        make: Makes the client; options such as `max_retries` may be given by name.
    """

    def __init__(self, make: Callable[..., Any]) -> None:
        self._make = make

    def call(self, use: Callable[[Any], Any], **options: Any) -> Any:
        """What one call answers."""
        with self._make(**options) as client:
            return use(client)

    def items(self, use: Callable[[Any], Any], **options: Any) -> list[Any]:
        """All items of a stream or of a list of pages."""
        with self._make(**options) as client, use(client) as stream:
            return list(stream)

    def final(self, use: Callable[[Any], Any], **options: Any) -> Any:
        """What the package puts together from a stream."""
        with self._make(**options) as client, use(client) as stream:
            return _final(stream)


class AsyncCalls:
    """The same calls through the async client."""

    def __init__(self, make: Callable[..., Any]) -> None:
        self._make = make

    def call(self, use: Callable[[Any], Any], **options: Any) -> Any:
        """What one call answers."""

        async def run() -> Any:
            async with self._make(**options) as client:
                return await use(client)

        return asyncio.run(run())

    def items(self, use: Callable[[Any], Any], **options: Any) -> list[Any]:
        """All items of a stream."""

        async def run() -> list[Any]:
            async with self._make(**options) as client, await use(client) as stream:
                return [item async for item in stream]

        return asyncio.run(run())

    def final(self, use: Callable[[Any], Any], **options: Any) -> Any:
        """What the package puts together from a stream."""

        async def run() -> Any:
            async with self._make(**options) as client, use(client) as stream:
                return await _final(stream)

        return asyncio.run(run())


def _final(stream: Any) -> Any:
    if hasattr(stream, "get_final_message"):
        return stream.get_final_message()
    return stream.get_final_completion()
