"""`/faults`: list, start and stop faults while the simulator runs."""

import json
from datetime import timedelta
from typing import Any

from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from example_app.simulator.api_error import ApiError, from_validation
from example_app.simulator.fault_settings import check_parameters, find_kind
from example_app.simulator.faults import FaultBoard, FaultKind, FaultStart, RunningFault
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
            raise ApiError(403, "Faults are switched off; FAULTS_ENABLED=1 allows them.")
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
            parameters=check_parameters(
                kind, wanted.model_extra or {}, also=("duration_seconds", "probability")
            ),
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
        return find_kind(self._board.kinds, request.path_params["name"], unknown=404)

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


def _report(event: str, kind: FaultKind, **details: str) -> None:
    print(json.dumps({"event": event, "fault": kind.name, **details}), flush=True)
