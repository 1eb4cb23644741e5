"""``POST /feedback``: a thumb for an answer, linked to the trace of what it rates."""

import logging
from typing import Any, Literal

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse, Response
from opentelemetry import trace
from pydantic import BaseModel, ConfigDict, Field

from example_app.chat_audit import ChatAudit
from example_app.chat_request import parse_json, read_body, validate
from example_app.conversions import Conversions
from example_app.rated_answers import RatedAnswers
from example_app.refusal import Refusal
from example_app.refusal_response import refuse

_log = logging.getLogger(__name__)


class Feedback(BaseModel):
    """A thumb for an answer."""

    model_config = ConfigDict(strict=True, extra="forbid")

    trace_id: str = Field(pattern=r"^[0-9a-f]{32}$")
    rating: Literal["up", "down"]


class FeedbackApi:
    """The route.

    Args:
        rated: knows the spans of recent answers.
        conversions: counts what people do.
        audit: writes it into the trail.
    """

    def __init__(self, rated: RatedAnswers, conversions: Conversions, audit: ChatAudit) -> None:
        self._rated = rated
        self._conversions = conversions
        self._audit = audit
        self.router = APIRouter()
        self.router.add_api_route("/feedback", self.feedback, methods=["POST"])

    async def feedback(self, request: Request) -> Response:
        """Take a thumb up or down; that of an answer nobody remembers counts as well."""
        body = await read_body(request)
        value = body if isinstance(body, Refusal) else parse_json(body)
        if not isinstance(value, dict | Refusal):
            value = Refusal(400, "bad_json", "The body must be a JSON object.")
        given = value if isinstance(value, Refusal) else validate(Feedback, value)
        if isinstance(given, Refusal):
            return refuse(given)
        known = self._tell(given)
        await run_in_threadpool(self._audit.feedback, given.trace_id, given.rating, known=known)
        return JSONResponse({"trace_id": given.trace_id, "rating": given.rating})

    def _tell(self, given: Feedback) -> bool:
        """Count it, and mark the request's span; return whether the rated answer is known."""
        self._conversions.did(f"feedback_{given.rating}")
        told: dict[str, Any] = {"rating": given.rating, "rated_trace_id": given.trace_id}
        span = trace.get_current_span()
        span.add_event("user_feedback", told)
        rated = self._rated.find(given.trace_id)
        if rated is not None:
            span.add_link(rated, {"rating": given.rating})
        _log.info("Feedback", extra={"event": "feedback", **told})
        return rated is not None
