"""The tracer of one service: its provider, its resource, its caps and W3C propagation."""

import os
from importlib.metadata import version

from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import SpanLimits, TracerProvider
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from agent_telemetry.redaction.redactor import BUILT_IN, Redactor
from agent_telemetry.redaction.spans import RedactingProcessors
from agent_telemetry.settings import Settings
from agent_telemetry.traces.span_caps import SpanCaps

#: Reads and writes ``traceparent`` and ``tracestate`` (W3C Trace Context).
PROPAGATOR = TraceContextTextMapPropagator()


def tracer_provider(settings: Settings, redactor: Redactor | None = BUILT_IN) -> TracerProvider:
    """Build a provider that is private: it neither replaces nor joins the host's global one.

    The sampler is the SDK's, from ``OTEL_TRACES_SAMPLER``. Every processor gets spans without
    personal data and secrets, unless there is no redactor, and none larger than it may be, so
    that one huge prompt cannot spoil its batch. They are cut here and not by the SDK: it would
    cut before anything is redacted, through the middle of a secret, and forget the length.
    """
    told = os.environ.get("OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT")
    length = SpanLimits().max_span_attribute_length if told else settings.attribute_length
    resource = Resource.create(
        {
            "service.name": settings.service_name,
            "telemetry.distro.name": "agent-telemetry",
            "telemetry.distro.version": version("agent-telemetry"),
        }
    )
    # Whoever stops the stack stops the provider: its own atexit hook would wait a second time.
    return TracerProvider(
        resource=resource,
        span_limits=SpanLimits(max_span_attribute_length=SpanLimits.UNSET),
        shutdown_on_exit=False,
        active_span_processor=RedactingProcessors(redactor, SpanCaps(length, settings.span_bytes)),
    )
