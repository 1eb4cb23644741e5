"""A chat's answer as server-sent events, from its first event to its end or to a hang-up."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from typing import Any

from starlette.requests import Request

from agent_telemetry import ObservabilityStack
from example_app.chat_refusals import CLIENT_CLOSED
from example_app.listener import Listener
from example_app.refusal import Refusal
from example_app.refusal_response import body_of, note

_log = logging.getLogger(__name__)

#: Name and data of one event; ``done`` has the answer or what is instead of it.
Event = tuple[str, dict[str, Any] | Refusal | Exception]
Outcome = dict[str, Any] | Refusal


async def until_gone(request: Request) -> None:
    """Wait until the client hangs up; its whole body must have been read before."""
    while (await request.receive())["type"] != "http.disconnect":
        pass


class ChatStream:
    """The events of one chat.

    Args:
        stack: told when the client hangs up.
    """

    def __init__(self, stack: ObservabilityStack) -> None:
        self._stack = stack
        self._loop = asyncio.get_running_loop()
        self._events: asyncio.Queue[Event] = asyncio.Queue()
        self.listener = Listener(self._send)

    async def work(self, answer: Callable[[], Awaitable[Outcome]]) -> None:
        """Make the answer and put it at the end of the events."""
        try:
            outcome: Any = await answer()
        except Exception as error:  # noqa: BLE001 -- goes on where the stream is read
            outcome = error
        self._events.put_nowait(("done", outcome))

    async def first(self, request: Request) -> Event:
        """Wait for the first event; a client that hangs up before it is the last event."""
        event = asyncio.ensure_future(self._events.get())
        gone = asyncio.ensure_future(until_gone(request))
        try:
            await asyncio.wait({event, gone}, return_when=asyncio.FIRST_COMPLETED)
            return event.result() if event.done() else ("done", CLIENT_CLOSED)
        finally:
            if not event.done():
                self.listener.hang_up()
            for task in (event, gone):
                task.cancel()

    async def events(self, event: Event) -> AsyncIterator[dict[str, str]]:
        """Yield all events as JSON.

        Args:
            event: the first one.
        """
        ended = False
        try:
            while not ended:
                name, data = event
                if isinstance(data, Exception):
                    _log.error("Chat failed", exc_info=data, extra={"event": "chat_failed"})
                    data = Refusal(500, "internal", "Something broke; it has been noted.")
                if isinstance(data, Refusal):
                    note(data)
                    self._stack.fail_request(data.status)
                    name, data = "error", {**body_of(data), "status": data.status}
                ended = name in {"done", "error"}
                yield {"event": name, "data": json.dumps(data, ensure_ascii=False)}
                if not ended:
                    event = await self._events.get()
        finally:
            if not ended:
                # Whoever hung up pays for no more of the model's words, and is no error of ours.
                self.listener.hang_up()
                self._stack.fail_request(CLIENT_CLOSED.status)

    def _send(self, event: str, data: dict[str, Any]) -> None:
        """Take an event from the chat's thread."""
        # A closed loop means that the server has ended: nobody listens any more.
        with suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._events.put_nowait, (event, data))
