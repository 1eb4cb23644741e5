"""The two headers that name a request: ``X-Request-ID`` and ``traceparent``."""

import re

import uuid_utils
from opentelemetry import trace
from opentelemetry.context import Context

from agent_telemetry.asgi.endpoints import Scope, header
from agent_telemetry.traces.provider import PROPAGATOR

_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,128}")


def request_id(scope: Scope) -> str:
    """Return the caller's id when it is safe to log and to send on, else a new one."""
    given = header(scope, b"x-request-id")
    return given if _REQUEST_ID.fullmatch(given) else str(uuid_utils.uuid7())


def parent_context(scope: Scope) -> Context:
    """Return the caller's trace context (W3C); an empty one when there is none or it is wrong."""
    parent = header(scope, b"traceparent")
    if not parent:
        return Context()
    carrier = {"traceparent": parent, "tracestate": header(scope, b"tracestate")}
    return PROPAGATOR.extract(carrier, context=Context())


def traceparent(span: trace.SpanContext) -> str:
    """Return the header value for a span."""
    trace_id, span_id = trace.format_trace_id(span.trace_id), trace.format_span_id(span.span_id)
    return f"00-{trace_id}-{span_id}-{int(span.trace_flags):02x}"
