"""`/faults`: list, start and stop faults while the simulator runs."""

import json
from datetime import timedelta
from typing import Any

from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from example_app.simulator.faults import FaultBoard, FaultKind, FaultStart, RunningFault
from example_app.simulator.openai_errors import OpenAIError, from_validation
from example_app.simulator.request_body import read_json


class FaultRoutes:
    """The handlers of `/faults`.

    Args:
        board: The faults.
        enabled: Whether faults may be started; listing and ending is always possible.
    """

    def __init__(self, board: FaultBoard, *, enabled: bool = True) -> None:
        self._board = board
        self._enabled = enabled

    def routes(self) -> list[Route]:
        """Routes to mount in an application."""
        return [
            Route("/faults", self.list_all, methods=["GET"]),
            Route("/faults", self.stop_all, methods=["DELETE"]),
            Route("/faults/{name}", self.start, methods=["PUT"]),
            Route("/faults/{name}", self.stop, methods=["DELETE"]),
        ]

    async def list_all(self, _request: Request) -> Response:
        """All faults there are, running or not."""
        return JSONResponse({"faults": [self._shown(kind) for kind in self._board.kinds.values()]})

    async def start(self, request: Request) -> Response:
        """Starts a fault for `duration_seconds`, hitting each call with `probability`."""
        if not self._enabled:
            raise OpenAIError(403, "Faults are switched off; FAULTS_ENABLED=1 allows them.")
        kind = self._kind(request)
        body = await read_json(request, empty={})
        try:
            wanted = FaultStart.model_validate(body)
        except ValidationError as error:
            raise from_validation(error) from None
        fault = RunningFault(
            kind=kind,
            until=self._board.now + timedelta(seconds=wanted.duration_seconds),
            probability=wanted.probability,
            parameters=_parameters(kind, wanted.model_extra or {}),
        )
        self._board.start(fault)
        _report("fault_started", kind, until=fault.until.isoformat())
        return JSONResponse(self._shown(kind))

    async def stop(self, request: Request) -> Response:
        """Ends a fault; ending one that does not run is no error."""
        kind = self._kind(request)
        self._board.stop(kind.name)
        _report("fault_stopped", kind)
        return JSONResponse(self._shown(kind))

    async def stop_all(self, request: Request) -> Response:
        """Ends every fault."""
        self._board.stop()
        return await self.list_all(request)

    def _kind(self, request: Request) -> FaultKind:
        name = request.path_params["name"]
        if name not in self._board.kinds:
            known = ", ".join(self._board.kinds)
            raise OpenAIError(404, f"There is no such fault. Known: {known}.", param="name")
        return self._board.kinds[name]

    def _shown(self, kind: FaultKind) -> dict[str, Any]:
        fault = self._board.running(kind.name)
        defaults = {name: p.default for name, p in kind.parameters.items()}
        return {
            "name": kind.name,
            "active": fault is not None,
            "until": fault.until.isoformat() if fault else None,
            "description": kind.description,
            "probability": fault.probability if fault else None,
            "parameters": dict(fault.parameters) if fault else defaults,
        }


def _parameters(kind: FaultKind, given: dict[str, Any]) -> dict[str, float]:
    values = {name: parameter.default for name, parameter in kind.parameters.items()}
    for name, value in given.items():
        parameter = kind.parameters.get(name)
        if parameter is None:
            known = ", ".join(["duration_seconds", "probability", *kind.parameters])
            raise OpenAIError(400, f"'{name[:64]}' is no setting of this fault. Known: {known}.")
        number = isinstance(value, int | float) and not isinstance(value, bool)
        if not number or not parameter.low <= value <= parameter.high:
            raise OpenAIError(
                400,
                f"'{name}' must be a number from {parameter.low} to {parameter.high}.",
                param=name,
            )
        values[name] = value
    return values


def _report(event: str, kind: FaultKind, **details: str) -> None:
    print(json.dumps({"event": event, "fault": kind.name, **details}), flush=True)
