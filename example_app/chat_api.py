"""``POST /chat``: HTTP in, JSON or server-sent events out."""

import asyncio
from collections.abc import Coroutine
from typing import Any

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse, Response
from sse_starlette import EventSourceResponse

from agent_telemetry import ObservabilityStack
from example_app.caller import Caller, caller_of
from example_app.chat_refusals import CLIENT_CLOSED, SHUTTING_DOWN
from example_app.chat_request import ChatRequest, parse_chat, read_body
from example_app.chat_service import ChatService
from example_app.chat_stream import ChatStream, until_gone
from example_app.chat_threads import ChatThreads, TooManyChatsError
from example_app.listener import Listener
from example_app.model_client import ModelError, ModelTimeoutError
from example_app.refusal import Refusal
from example_app.refusal_response import refuse

__all__ = ["ChatApi", "refuse"]


class ChatApi:
    """The route.

    Args:
        service: answers.
        stack: told about streams that break.
        workers: chats that may be under way or waiting at once.
    """

    def __init__(self, service: ChatService, stack: ObservabilityStack, workers: int) -> None:
        self._service = service
        self._stack = stack
        # Larger than pool and queue together, so that who waits is the pool's decision alone.
        self._threads = ChatThreads(workers)
        # The loop itself holds its tasks weakly.
        self._running: set[asyncio.Task[Any]] = set()
        self.router = APIRouter()
        self.router.add_api_route("/chat", self.chat, methods=["POST"])

    async def chat(self, request: Request) -> Response:
        """Answer a message."""
        try:
            return await self._chat(request)
        except asyncio.CancelledError:
            # The server ends and waits no longer: whoever still waits for an answer hears of it.
            return refuse(SHUTTING_DOWN)

    async def _chat(self, request: Request) -> Response:
        body = await read_body(request)
        wanted = body if isinstance(body, Refusal) else parse_chat(body)
        if isinstance(wanted, Refusal):
            return await self._refuse(wanted)
        caller = caller_of(request)
        if wanted.stream:
            return await self._stream(request, wanted, caller)
        return await self._answer(request, wanted, caller)

    async def _answer(self, request: Request, wanted: ChatRequest, caller: Caller) -> Response:
        """Answer in one piece, unless the client hangs up before it is there."""
        listener = Listener()
        work = self._begin(self._run(wanted, caller, listener))
        gone = asyncio.ensure_future(until_gone(request))
        try:
            await asyncio.wait({work, gone}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            gone.cancel()
            if not work.done():
                listener.hang_up()
        if not work.done():
            return refuse(CLIENT_CLOSED)
        outcome = work.result()
        return refuse(outcome) if isinstance(outcome, Refusal) else JSONResponse(outcome)

    async def _stream(self, request: Request, wanted: ChatRequest, caller: Caller) -> Response:
        """Answer by events; what fails before the first of them is refused as without a stream."""
        stream = ChatStream(self._stack)
        self._begin(stream.work(lambda: self._run(wanted, caller, stream.listener)))
        first = await stream.first(request)
        _, data = first
        if isinstance(data, Exception):
            raise data
        if isinstance(data, Refusal):
            return refuse(data)
        return EventSourceResponse(stream.events(first))

    async def _run(
        self, wanted: ChatRequest, caller: Caller, listener: Listener
    ) -> dict[str, Any] | Refusal:
        """Answer in a thread; what is the model's or the pool's fault is a refusal."""
        try:
            return await self._threads.run(self._service.chat, wanted, caller, listener)
        except TooManyChatsError:
            return await run_in_threadpool(self._service.turn_away, wanted, caller)
        except ModelTimeoutError:
            return Refusal(504, "model_timeout", "The model did not answer in time; try again.")
        except ModelError as error:
            return Refusal(502, "model_unavailable", f"The model gave no answer: {error}.")

    async def _refuse(self, refusal: Refusal) -> Response:
        """Refuse what cannot be read as a chat; the trail's file is not written in the loop."""
        await run_in_threadpool(self._service.audit.refused, refusal)
        return refuse(refusal)

    def _begin(self, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        task = asyncio.ensure_future(work)
        self._running.add(task)
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._running.discard(task)
        if not task.cancelled():
            # Asked for, so that asyncio does not complain about what was told already.
            task.exception()
