"""An outgoing HTTP call: a CLIENT span and the headers that carry its context on."""

from agent_telemetry.operations.operation import Operation
from agent_telemetry.semconv import HTTP_STATUS
from agent_telemetry.traces.provider import PROPAGATOR

_CLIENT_ERRORS = 400


class HttpClientSpan(Operation):
    """One outgoing call, made by any client; its errors are told by the operation above."""

    tells_errors = False

    def headers(self) -> dict[str, str]:
        """Return ``traceparent`` (and ``tracestate``) for the request."""
        carrier: dict[str, str] = {}
        PROPAGATOR.inject(carrier)
        return carrier

    def status_code(self, code: int) -> None:
        """Set the answer's status; 4xx and 5xx are errors for a client (HTTP conventions)."""
        self.set(HTTP_STATUS, code)
        if code >= _CLIENT_ERRORS:
            self.fail(str(code))

    def record_metrics(self) -> None:
        """Write none: the operation above it is measured."""
