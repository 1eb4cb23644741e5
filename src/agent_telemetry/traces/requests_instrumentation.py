"""Calls by the ``requests`` package as CLIENT spans, by OpenTelemetry's own instrumentation."""

import logging
from typing import Any

import requests
from opentelemetry.metrics import NoOpMeterProvider
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.trace import Span

from agent_telemetry import semconv
from agent_telemetry.traces.provider import PROPAGATOR

try:
    from opentelemetry.instrumentation.requests import RequestsInstrumentor
except ImportError as error:
    raise ImportError(
        "instrument_requests needs the extra: pip install agent-telemetry[requests]"
    ) from error

_log = logging.getLogger("agent_telemetry")
#: The name that the instrumentation gives the address to, without its credentials.
_OLDER_URL = "http.url"


def instrument(provider: TracerProvider) -> bool:
    """Trace all calls into a provider; False when somebody traces them already."""
    instrumentor = RequestsInstrumentor()
    if instrumentor.is_instrumented_by_opentelemetry:
        _log.warning(
            "calls by requests are traced already; that is left as it is",
            extra={"event": "requests_traced_already"},
        )
        return False
    instrumentor.instrument(
        tracer_provider=provider,
        # Its histogram has no place in our metrics, and the host's are not ours to fill.
        meter_provider=NoOpMeterProvider(),
        request_hook=_asked,
        response_hook=_answered,
    )
    return True


def uninstrument() -> None:
    """Take ``instrument`` back."""
    RequestsInstrumentor().uninstrument()


def _asked(span: Span, request: requests.PreparedRequest) -> None:
    """Carry W3C context whatever propagator the host has set; name things as our spans do."""
    PROPAGATOR.inject(request.headers)
    attributes: Any = getattr(span, "attributes", None) or {}
    span.set_attribute(semconv.HTTP_METHOD, str(request.method))
    if _OLDER_URL in attributes:
        span.set_attribute(semconv.URL_FULL, attributes[_OLDER_URL])


def _answered(
    span: Span, request: requests.PreparedRequest, response: requests.Response | None
) -> None:
    del request
    if response is not None:
        span.set_attribute(semconv.HTTP_STATUS, response.status_code)
