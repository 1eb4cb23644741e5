"""``POST /chat`` and ``POST /feedback``: HTTP in, JSON or server-sent events out."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any, Literal

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, ConfigDict, Field
from sse_starlette import EventSourceResponse

from agent_telemetry import ObservabilityStack, get_request_context
from example_app.agent import Emit
from example_app.caller import Caller, caller_of
from example_app.chat_request import ChatRequest, parse_chat, parse_json, read_body, validate
from example_app.chat_service import ChatService, pool_full
from example_app.chat_threads import ChatThreads, TooManyChatsError
from example_app.model_client import ModelError, ModelTimeoutError
from example_app.refusal import Refusal

_log = logging.getLogger(__name__)

#: Name and data of one event of a stream; ``done`` has the answer or what is instead of it.
Event = tuple[str, dict[str, Any] | Refusal | Exception]


class Feedback(BaseModel):
    """A thumb for an answer."""

    model_config = ConfigDict(strict=True, extra="forbid")

    trace_id: str = Field(pattern=r"^[0-9a-f]{32}$")
    rating: Literal["up", "down"]


class ChatApi:
    """The routes.

    Args:
        service: answers.
        stack: told about feedback.
        workers: chats that may be under way or waiting at once.
    """

    def __init__(self, service: ChatService, stack: ObservabilityStack, workers: int) -> None:
        self._service = service
        self._stack = stack
        # Larger than pool and queue together, so that who waits is the pool's decision alone.
        self._threads = ChatThreads(workers)
        self.router = APIRouter()
        self.router.add_api_route("/chat", self.chat, methods=["POST"])
        self.router.add_api_route("/feedback", self.feedback, methods=["POST"])

    async def chat(self, request: Request) -> Response:
        """Answer a message."""
        body = await read_body(request)
        wanted = body if isinstance(body, Refusal) else parse_chat(body)
        if isinstance(wanted, Refusal):
            return refuse(wanted)
        caller = caller_of(request)
        if wanted.stream:
            return await self._stream(wanted, caller)
        outcome = await self._run(wanted, caller)
        return refuse(outcome) if isinstance(outcome, Refusal) else JSONResponse(outcome)

    async def feedback(self, request: Request) -> Response:
        """Take a thumb up or down for an answer."""
        body = await read_body(request)
        value = body if isinstance(body, Refusal) else parse_json(body)
        if not isinstance(value, dict | Refusal):
            value = Refusal(400, "bad_json", "The body must be a JSON object.")
        given = value if isinstance(value, Refusal) else validate(Feedback, value)
        if isinstance(given, Refusal):
            return refuse(given)
        self._stack.metrics.inc("agent_user_actions_total", action=f"feedback_{given.rating}")
        _log.info(
            "Feedback",
            extra={"event": "feedback", "rating": given.rating, "rated_trace_id": given.trace_id},
        )
        return JSONResponse({"trace_id": given.trace_id, "rating": given.rating})

    async def _run(
        self, wanted: ChatRequest, caller: Caller, emit: Emit | None = None
    ) -> dict[str, Any] | Refusal:
        """Answer in a thread; what is the model's or the pool's fault is a refusal."""
        try:
            return await self._threads.run(self._service.chat, wanted, caller, emit)
        except TooManyChatsError:
            return pool_full("too many chats wait")
        except ModelTimeoutError:
            return Refusal(504, "model_timeout", "The model did not answer in time; try again.")
        except ModelError as error:
            return Refusal(502, "model_unavailable", f"The model gave no answer: {error}.")

    async def _stream(self, wanted: ChatRequest, caller: Caller) -> Response:
        """Answer by events; what fails before the first of them is refused as without a stream."""
        loop = asyncio.get_running_loop()
        events: asyncio.Queue[Event] = asyncio.Queue()

        def emit(event: str, data: dict[str, Any]) -> None:
            # A closed loop means that the server has ended: nobody listens any more.
            with suppress(RuntimeError):
                loop.call_soon_threadsafe(events.put_nowait, (event, data))

        async def work() -> None:
            try:
                outcome: Any = await self._run(wanted, caller, emit)
            except Exception as error:  # noqa: BLE001 -- goes on below, where the stream is read
                outcome = error
            events.put_nowait(("done", outcome))

        # Kept by the generator below: the loop itself holds its tasks weakly.
        running = asyncio.ensure_future(work())
        first = await events.get()
        if isinstance(first[1], Exception):
            raise first[1]
        if isinstance(first[1], Refusal):
            return refuse(first[1])
        return EventSourceResponse(self._events(first, events, running))

    async def _events(
        self, event: Event, events: asyncio.Queue[Event], running: asyncio.Future[None]
    ) -> AsyncIterator[dict[str, str]]:
        """Yield the events of one chat; who leaves early stops nothing but the sending."""
        while True:
            name, data = event
            if isinstance(data, Exception):
                _log.error("Chat failed", exc_info=data, extra={"event": "chat_failed"})
                data = Refusal(500, "internal", "Something broke; it has been noted.")
            if isinstance(data, Refusal):
                _note(data)
                self._stack.fail_request(data.status)
                name, data = "error", {**_body(data), "status": data.status}
            yield {"event": name, "data": json.dumps(data, ensure_ascii=False)}
            if name in {"done", "error"}:
                await running
                return
            event = await events.get()


def refuse(refusal: Refusal) -> JSONResponse:
    """Return a refusal as JSON, and leave a log line that says why."""
    _note(refusal)
    return JSONResponse(_body(refusal), refusal.status, headers=dict(refusal.headers))


def _note(refusal: Refusal) -> None:
    _log.log(
        logging.ERROR if refusal.status >= 500 else logging.WARNING,  # noqa: PLR2004
        "Request refused: %s",
        refusal.message,
        extra={
            "event": "request_refused",
            "error_type": refusal.code,
            "http_status": refusal.status,
        },
    )


def _body(refusal: Refusal) -> dict[str, Any]:
    return refusal.body(get_request_context().request_id)
