"""Faults on demand: the agent's own, and those of the model's simulator behind it."""

import logging
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import requests

from example_app.chat_request import validate
from example_app.refusal import Refusal
from example_app.simulator.faults import FaultBoard, FaultKind, FaultStart, RunningFault
from example_app.tools.tool import ToolError

_log = logging.getLogger(__name__)
_TIMEOUT = 3
_CLIENT_ERROR = 400

OWN_FAULTS = (
    FaultKind("tool_failure", "Every tool call fails, as if the services behind them were down."),
)


class Faults:
    """Lists, starts and stops faults.

    Args:
        simulator_url: where the simulator takes its faults; a real provider has none.
    """

    def __init__(self, simulator_url: str) -> None:
        self._board = FaultBoard(seed=7, kinds=OWN_FAULTS)
        self._url = simulator_url

    def strike_tool(self) -> None:
        """Fail a tool call while that fault is on.

        Raises:
            ToolError: the fault strikes.
        """
        if self._board.strikes("tool_failure"):
            raise ToolError("tool_failure", "the service behind this tool does not answer")

    def list_all(self) -> list[dict[str, Any]]:
        """Return every fault that can be had, with what runs now."""
        own = [self._shown(kind) for kind in self._board.kinds.values()]
        answer = self._ask_simulator("GET", "")
        return own if isinstance(answer, Refusal) else [*own, *answer.get("faults", [])]

    def start(self, name: str, body: dict[str, Any]) -> dict[str, Any] | Refusal:
        """Start a fault; one that runs starts anew."""
        kind = self._board.kinds.get(name)
        if kind is None:
            return self._ask_simulator("PUT", f"/{quote(name, safe='')}", body)
        wanted = validate(FaultStart, body)
        if isinstance(wanted, Refusal):
            return wanted
        until = self._board.now + timedelta(seconds=wanted.duration_seconds)
        self._board.start(RunningFault(kind, until, wanted.probability, {}))
        _log.warning("Fault started: %s", name, extra={"event": "fault_started", "fault": name})
        return self._shown(kind)

    def stop(self, name: str) -> dict[str, Any] | Refusal:
        """Stop a fault; stopping one that does not run is no error."""
        kind = self._board.kinds.get(name)
        if kind is None:
            return self._ask_simulator("DELETE", f"/{quote(name, safe='')}")
        self._board.stop(name)
        _log.warning("Fault stopped: %s", name, extra={"event": "fault_stopped", "fault": name})
        return self._shown(kind)

    def stop_all(self) -> list[dict[str, Any]]:
        """Stop every fault, here and in the simulator."""
        self._board.stop()
        self._ask_simulator("DELETE", "")
        _log.warning("All faults stopped", extra={"event": "fault_stopped"})
        return self.list_all()

    def _shown(self, kind: FaultKind) -> dict[str, Any]:
        fault = self._board.running(kind.name)
        return {
            "name": kind.name,
            "active": fault is not None,
            "until": fault.until.isoformat() if fault is not None else None,
            "description": kind.description,
        }

    def _ask_simulator(
        self, method: str, path: str, body: dict[str, Any] | None = None
    ) -> dict[str, Any] | Refusal:
        try:
            answer = requests.request(method, self._url + path, json=body, timeout=_TIMEOUT)
            value = answer.json()
        except (requests.RequestException, ValueError):
            return Refusal(404, "unknown_fault", "There is no such fault, and no simulator.")
        if answer.status_code >= _CLIENT_ERROR or not isinstance(value, dict):
            error = value.get("error") if isinstance(value, dict) else None
            message = error.get("message") if isinstance(error, dict) else None
            return Refusal(answer.status_code, "fault_refused", str(message or "refused"))
        return value
