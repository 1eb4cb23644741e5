"""Sends a finished answer: whole or as a stream, at the model's pace, cut where a fault cuts it."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from typing import Any

from opentelemetry.trace import Span
from starlette.responses import Response, StreamingResponse

from example_app.simulator.call_faults import CallFaults
from example_app.simulator.completion import Completion
from example_app.simulator.cut_response import CutResponse
from example_app.simulator.json_response import JsonResponse
from example_app.simulator.model_span import tell_answer, tell_cut

_END_EVENTS = 3
"""Events at the end of a stream that tell the end and the usage, in either format."""


async def send_whole(
    completion: Completion, body: dict[str, Any], *, reason: str, faults: CallFaults, span: Span
) -> Response:
    """The answer as one JSON object.

    Args:
        completion: The answer.
        body: The answer in the vendor's form.
        reason: Why it ends, in the vendor's word.
        faults: What hits the call.
        span: The span of the request.
    """
    await asyncio.sleep(faults.first_token_delay + completion.seconds)
    response = JsonResponse(body)
    share = faults.number("cut_stream", "share")
    if share is None:
        tell_answer(span, completion, reason)
        return response
    tell_cut(span, completion)
    part = response.body[: int(len(response.body) * share)]
    headers = {"content-length": str(len(response.body))}
    return CutResponse(_once(bytes(part)), headers=headers, media_type=JsonResponse.media_type)


def send_stream(
    completion: Completion, events: Iterable[bytes], *, reason: str, faults: CallFaults, span: Span
) -> Response:
    """The answer as server-sent events; see `send_whole` for the arguments.

    Args:
        completion: The answer.
        events: The events in the vendor's form.
        reason: Why the answer ends, in the vendor's word.
        faults: What hits the call.
        span: The span of the request.
    """
    kind = StreamingResponse
    share = faults.number("cut_stream", "share")
    if share is not None:
        tell_cut(span, completion)
        all_events = list(events)
        events = all_events[: max(1, int((len(all_events) - _END_EVENTS) * share))]
        kind = CutResponse
    else:
        tell_answer(span, completion, reason)
    delay = faults.first_token_delay + completion.pace.first_token
    return kind(
        _paced(events, first=delay, each=completion.pace.per_token),
        media_type="text/event-stream",
        headers={"cache-control": "no-cache"},
    )


async def _paced(events: Iterable[bytes], *, first: float, each: float) -> AsyncIterator[bytes]:
    """The events with their waits; even a wait of nothing gives other calls their turn."""
    await asyncio.sleep(first)
    for event in events:
        yield event
        await asyncio.sleep(each)


async def _once(part: bytes) -> AsyncIterator[bytes]:
    yield part
