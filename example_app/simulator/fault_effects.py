"""What the faults that hit a call do to it."""

from collections.abc import Mapping
from contextlib import suppress

import anyio
from opentelemetry import trace
from starlette.requests import ClientDisconnect, Request

from example_app.simulator.api_error import ApiError
from example_app.simulator.call_faults import NO_FAULTS, CallFaults
from example_app.simulator.fault_header import HEADER, read_fault_header
from example_app.simulator.faults import FaultBoard
from example_app.simulator.model_span import tell_faults

_WORDS = {503: "The engine is currently overloaded, please try again later", 529: "Overloaded"}
_FAILED = "The server had an error while processing your request. Sorry about that!"


class FaultEffects:
    """Decides for each call which faults hit it.

    Args:
        board: The faults that run.
        enabled: Whether a call may order faults for itself.
    """

    def __init__(self, board: FaultBoard, *, enabled: bool) -> None:
        self._board = board
        self._enabled = enabled

    async def of(self, request: Request) -> CallFaults:
        """The faults of a call: those its header orders, otherwise those that run and hit it.

        Raises:
            ApiError: The error answer that a fault puts in the place of an answer, or the refusal
                of the header.
        """
        header = request.headers.get(HEADER)
        if header is None and self._board.idle:
            return NO_FAULTS
        struck = self._running() if header is None else self._ordered(header)
        if not struck:
            return NO_FAULTS
        faults = CallFaults(struck)
        tell_faults(trace.get_current_span(), struck)
        await _answer_with_error(request, faults)
        return faults

    def _ordered(self, header: str) -> dict[str, Mapping[str, float]]:
        if not self._enabled:
            raise ApiError(403, "Faults are switched off; FAULTS_ENABLED=1 allows them.")
        return read_fault_header(header, self._board.kinds)

    def _running(self) -> dict[str, Mapping[str, float]]:
        hits = ((name, self._board.strikes(name)) for name in self._board.kinds)
        return {name: fault.parameters for name, fault in hits if fault is not None}


async def _answer_with_error(request: Request, faults: CallFaults) -> None:
    status = faults.number("provider_500", "status")
    if status is not None:
        raise ApiError(round(status), _WORDS.get(round(status), _FAILED))
    seconds = faults.number("provider_429", "retry_after_seconds")
    if seconds is not None:
        raise ApiError(
            429,
            f"Rate limit reached for requests. Please try again in {seconds:g}s.",
            code="rate_limit_exceeded",
            retry_after=seconds,
        )
    seconds = faults.number("provider_timeout", "hold_seconds")
    if seconds is not None:
        await _hold(request, seconds)
        raise ApiError(504, "The request timed out.")


async def _hold(request: Request, seconds: float) -> None:
    """Waits without answering; a caller that hangs up ends the wait."""
    with anyio.move_on_after(seconds), suppress(ClientDisconnect):
        while (await request.receive())["type"] != "http.disconnect":
            pass
