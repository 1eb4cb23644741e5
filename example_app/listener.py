"""Who waits for a chat's answer, and may hang up before it is there."""

import threading
from collections.abc import Callable
from typing import Any

from agent_telemetry.asgi.departures import CallerLeft

Send = Callable[[str, dict[str, Any]], None]


class ClientGoneError(CallerLeft):
    """The client hung up: nobody waits for the answer, so that no more work is done for it."""


class Listener:
    """The client at the other end of one chat.

    Args:
        send: called with ``token`` and ``tool`` events; without it the answer comes in one piece.
    """

    def __init__(self, send: Send | None = None) -> None:
        self._send = send
        self._gone = threading.Event()

    @property
    def streams(self) -> bool:
        """Whether it wants to hear events while the answer is made."""
        return self._send is not None

    def __call__(self, event: str, data: dict[str, Any]) -> None:
        """Send one event.

        Raises:
            ClientGoneError: nobody is there any more.
        """
        self.check()
        if self._send is not None:
            self._send(event, data)

    def check(self) -> None:
        """Return if somebody still waits.

        Raises:
            ClientGoneError: nobody is there any more.
        """
        if self._gone.is_set():
            raise ClientGoneError("the client hung up")

    def hang_up(self) -> None:
        """Say that nobody waits any more; the work ends at its next step."""
        self._gone.set()
