"""Calls through a vendor's own package, its sync client and its async client alike."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import anthropic
import openai

QUESTION = [{"role": "user", "content": "Where is my order 1042?"}]


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


@dataclass(frozen=True)
class Vendor:
    """A vendor's package and how it asks a question.

    Attributes:
        package: the package.
        clients: its sync client and its async client.
        path: what comes after the simulator's address.
        ask: asks a question by a client; fields are added to what is asked.
    """

    package: ModuleType
    clients: tuple[Callable[..., Any], Callable[..., Any]]
    path: str
    ask: Callable[..., Callable[[Any], Any]]

    def calls(self, root: str, *, is_async: bool) -> SyncCalls | AsyncCalls:
        """Return how to call a simulator, without retries."""
        usual = {"base_url": root + self.path, "api_key": "any-key", "max_retries": 0}

        def make(**options: Any) -> Any:
            return self.clients[is_async](**{**usual, **options})

        return AsyncCalls(make) if is_async else SyncCalls(make)


def chat(**fields: Any) -> Callable[[Any], Any]:
    """Return a chat completion of OpenAI's; fields are added to it."""
    asked = {"model": "gpt-4o-mini", "messages": QUESTION, **fields}
    return lambda client: client.chat.completions.create(**asked)


def create(**fields: Any) -> Callable[[Any], Any]:
    """Return a message of Anthropic's; fields are added to it."""
    asked = {"model": "claude-haiku-4-5", "max_tokens": 500, "messages": QUESTION, **fields}
    return lambda client: client.messages.create(**asked)


def ordered(fault: str) -> dict[str, Any]:
    """Order a fault for one request."""
    return {"extra_headers": {"x-simulator-fault": fault}}


OPENAI = Vendor(openai, (openai.OpenAI, openai.AsyncOpenAI), "/v1", chat)
ANTHROPIC = Vendor(anthropic, (anthropic.Anthropic, anthropic.AsyncAnthropic), "", create)
