"""How a backend answered the spans that were sent to it: whether to send them again.

Source: OTLP specification, "OTLP/HTTP Response": 429, 502, 503 and 504 may be tried again, other
client errors may not.
"""

from typing import Any

import requests
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from requests.adapters import HTTPAdapter

from agent_telemetry.workers.fork_safety import call_in_child

_REQUEST_TIMEOUT = 408
_SERVER_ERRORS = 500
_TOO_MANY_REQUESTS = 429


class AnswerSession(requests.Session):
    """A session that remembers whether the last request was sent and how it was answered.

    Attributes:
        unreachable: whether the last attempt found nobody there.
    """

    def __init__(self) -> None:
        super().__init__()
        self._sent = False
        self._status: int | None = None
        self.unreachable = False
        call_in_child(self._forked)

    def forget(self) -> None:
        """Start a new batch."""
        self._sent = False
        self._status = None

    def send(self, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:
        """Send a request and note the status of its answer."""
        self._sent = True
        self._status = None
        try:
            response = super().send(request, **kwargs)
        except requests.ConnectionError:
            self.unreachable = True
            raise
        self.unreachable = False
        self._status = response.status_code
        return response

    def _forked(self) -> None:
        """Open connections of its own: to write into the parent's would spoil both."""
        for prefix in list(self.adapters):
            self.mount(prefix, HTTPAdapter())

    @property
    def answered(self) -> bool:
        """Whether the last request had an answer."""
        return self._status is not None

    def refused(self) -> bool:
        """Return whether trying the same batch again is of no use.

        A batch that never became a request could not be encoded or was too large.
        """
        if not self._sent:
            return True
        return (
            self._status is not None
            and self._status < _SERVER_ERRORS
            and self._status not in {_REQUEST_TIMEOUT, _TOO_MANY_REQUESTS}
        )


def otlp_exporter(endpoint: str | None, session: AnswerSession) -> OTLPSpanExporter:
    """Return the exporter of OTLP over HTTP that sends by a session."""
    return OTLPSpanExporter(endpoint=endpoint, session=session)
