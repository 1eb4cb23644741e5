"""``POST /chat`` and ``POST /feedback``: HTTP in, JSON or server-sent events out."""

import asyncio
import contextvars
import json
import logging
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Literal

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, ConfigDict, Field
from sse_starlette import EventSourceResponse

from agent_telemetry import ObservabilityStack, get_request_context
from example_app.chat_request import ChatRequest, parse_chat, parse_json, read_body, validate
from example_app.chat_service import ChatService
from example_app.model_client import ModelError, ModelTimeoutError
from example_app.refusal import Refusal
from example_app.tenants import key_of

_log = logging.getLogger(__name__)


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
        self._threads = ThreadPoolExecutor(workers, thread_name_prefix="chat")
        self.router = APIRouter()
        self.router.add_api_route("/chat", self.chat, methods=["POST"])
        self.router.add_api_route("/feedback", self.feedback, methods=["POST"])

    def close(self) -> None:
        """Take no more chats; those under way are not waited for."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def chat(self, request: Request) -> Response:
        """Answer a message."""
        body = await read_body(request)
        wanted = body if isinstance(body, Refusal) else parse_chat(body)
        if isinstance(wanted, Refusal):
            return refuse(wanted)
        key = key_of(request)
        if wanted.stream:
            return EventSourceResponse(self._events(wanted, key))
        outcome = await self._in_thread(self._answer, wanted, key)
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

    def _answer(
        self, wanted: ChatRequest, key: str | None, emit: Any = None
    ) -> dict[str, Any] | Refusal:
        try:
            return self._service.chat(wanted, key, emit)
        except ModelTimeoutError:
            return Refusal(504, "model_timeout", "The model did not answer in time; try again.")
        except ModelError as error:
            return Refusal(502, "model_unavailable", f"The model gave no answer: {error}.")

    async def _in_thread(self, work: Any, *args: Any) -> Any:
        """Run blocking work in the pool, with this request's context."""
        context = contextvars.copy_context()
        return await asyncio.get_running_loop().run_in_executor(
            self._threads, lambda: context.run(work, *args)
        )

    async def _events(self, wanted: ChatRequest, key: str | None) -> AsyncIterator[dict[str, str]]:
        """Yield the events of one chat; who leaves early stops nothing but the sending."""
        loop = asyncio.get_running_loop()
        events: asyncio.Queue[tuple[str, Any]] = asyncio.Queue()

        def emit(event: str, data: Any) -> None:
            loop.call_soon_threadsafe(events.put_nowait, (event, data))

        def work() -> None:
            try:
                outcome = self._answer(wanted, key, emit)
            except Exception:  # noqa: BLE001 -- the stream must end with an event
                _log.exception("Chat failed", extra={"event": "chat_failed"})
                outcome = Refusal(500, "internal", "Something broke; it has been noted.")
            if isinstance(outcome, Refusal):
                emit("error", {**_body(outcome), "status": outcome.status})
            else:
                emit("done", outcome)

        running = asyncio.ensure_future(self._in_thread(work))
        try:
            while True:
                event, data = await events.get()
                yield {"event": event, "data": json.dumps(data, ensure_ascii=False)}
                if event in {"done", "error"}:
                    return
        finally:
            if not running.done():
                running.add_done_callback(lambda done: done.cancelled() or done.exception())


def refuse(refusal: Refusal) -> JSONResponse:
    """Return a refusal as JSON, and leave a log line that says why."""
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
    return JSONResponse(_body(refusal), refusal.status, headers=dict(refusal.headers))


def _body(refusal: Refusal) -> dict[str, Any]:
    return refusal.body(get_request_context().request_id)
