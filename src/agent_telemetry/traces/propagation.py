"""W3C trace context into and out of the process, beside what the middleware does by itself."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager

from opentelemetry import context as otel_context
from opentelemetry.sdk.trace import TracerProvider

from agent_telemetry.guard import Guard
from agent_telemetry.operations.operation import current_operation
from agent_telemetry.traces.provider import PROPAGATOR

#: Headers of a request or of a queue's message: names in any case, values as text or bytes.
Headers = Mapping[str, str] | Mapping[str, bytes] | Iterable[tuple[str, str | bytes]]
_NAMES = ("traceparent", "tracestate")


class Propagation:
    """How a stack's traces go on in other processes, and theirs here."""

    guard: Guard
    _provider: TracerProvider
    _holds_requests = False

    def headers(self) -> dict[str, str]:
        """Return ``traceparent`` (and ``tracestate``) of the current span, for any client.

        Empty outside of a trace. Baggage is not in it: it may hold what is no one else's concern.
        """
        current_operation()  # one that has ended is nobody's parent: it leaves the context
        carrier: dict[str, str] = {}
        PROPAGATOR.inject(carrier)
        return carrier

    @contextmanager
    def continue_trace(self, headers: Headers | None) -> Iterator[None]:
        """Go on with a caller's trace, such as that of a message from a queue.

        Args:
            headers: those of the message. Without a right ``traceparent`` nothing changes.
        """
        token = None
        try:
            carrier = _carrier(headers)
            if carrier:
                found = PROPAGATOR.extract(carrier, context=otel_context.get_current())
                token = otel_context.attach(found)
        except Exception as error:  # noqa: BLE001 -- telemetry never raises into its host
            self.guard.fault("continue_trace", error)
        try:
            yield
        finally:
            if token is not None:
                otel_context.detach(token)

    def instrument_requests(self) -> bool:
        """Trace every call that is made by the ``requests`` package, until ``shutdown``.

        Needs the extra ``agent-telemetry[requests]``. Each call becomes a CLIENT span and carries
        ``traceparent``; the export of spans itself is never traced.

        Returns:
            False when somebody traces them already: then nothing changes.

        Raises:
            ImportError: the extra is not installed.
        """
        # Imported late: it needs the extra.
        from agent_telemetry.traces.requests_instrumentation import instrument  # noqa: PLC0415

        if not self._holds_requests:
            self._holds_requests = instrument(self._provider)
        return self._holds_requests

    def leave_requests(self) -> None:
        """Take ``instrument_requests`` back."""
        if self._holds_requests:
            from agent_telemetry.traces.requests_instrumentation import uninstrument  # noqa: PLC0415

            self._holds_requests = False
            uninstrument()


def _carrier(headers: Headers | None) -> dict[str, str]:
    """Return the headers of a trace by their small names."""
    found: dict[str, str] = {}
    pairs = headers.items() if isinstance(headers, Mapping) else headers or ()
    for name, value in pairs:
        small = _as_text(name).lower()
        if small in _NAMES:
            found[small] = _as_text(value)
    return found if "traceparent" in found else {}


def _as_text(value: object) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)
