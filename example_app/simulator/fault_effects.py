"""What each running fault does to a call."""

from contextlib import suppress

import anyio
from starlette.requests import ClientDisconnect, Request

from example_app.simulator.faults import FaultBoard, RunningFault
from example_app.simulator.openai_errors import OpenAIError


class FaultEffects:
    """Applies the faults of a board at the places where a call can be hit."""

    def __init__(self, board: FaultBoard) -> None:
        self._board = board

    async def before_answer(self, request: Request) -> None:
        """Faults that put an error in the place of an answer.

        Raises:
            OpenAIError: The error answer of the first fault that hits.
        """
        if self._board.strikes("provider_500"):
            raise OpenAIError(
                500,
                "The server had an error while processing your request. Sorry about that!",
                error_type="server_error",
            )
        limited = self._board.strikes("provider_429")
        if limited:
            raise _rate_limited(limited)
        held = self._board.strikes("provider_timeout")
        if held:
            await _hold(request, held.parameters["hold_seconds"])
            raise OpenAIError(504, "The request timed out.", error_type="server_error")

    def first_token_delay(self) -> float:
        """Seconds that faults add before the first token."""
        slow = self._board.strikes("slow_first_token")
        return slow.parameters["delay_seconds"] if slow else 0.0


def _rate_limited(fault: RunningFault) -> OpenAIError:
    seconds = fault.parameters["retry_after_seconds"]
    return OpenAIError(
        429,
        f"Rate limit reached for requests. Please try again in {seconds:g}s.",
        error_type="requests",
        code="rate_limit_exceeded",
        headers={
            "Retry-After": str(max(1, round(seconds))),
            "x-ratelimit-remaining-requests": "0",
            "x-ratelimit-reset-requests": f"{seconds:g}s",
        },
    )


async def _hold(request: Request, seconds: float) -> None:
    """Waits without answering; a caller that hangs up ends the wait."""
    with anyio.move_on_after(seconds), suppress(ClientDisconnect):
        while (await request.receive())["type"] != "http.disconnect":
            pass
