"""The faults of the model's simulator, asked for over its own ``/faults``."""

from typing import Any
from urllib.parse import quote

import requests

from example_app.refusal import Refusal

_TIMEOUT = 3
_CLIENT_ERROR = 400

Shown = dict[str, Any]


class SimulatorFaults:
    """Lists, starts and stops what the simulator can break.

    Args:
        url: its ``/faults``; behind a real provider nothing answers there.
    """

    def __init__(self, url: str) -> None:
        self._url = url

    def list_all(self) -> list[Shown] | Refusal:
        """Return every fault of the simulator, or why there is none."""
        answer = self._ask("GET", "")
        return answer if isinstance(answer, Refusal) else list(answer.get("faults", []))

    def start(self, name: str, body: dict[str, Any]) -> Shown | Refusal:
        """Start one."""
        return self._ask("PUT", f"/{quote(name, safe='')}", body)

    def stop(self, name: str) -> Shown | Refusal:
        """Stop one."""
        return self._ask("DELETE", f"/{quote(name, safe='')}")

    def _ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> Shown | Refusal:
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
