"""The simulator's own spans, sent by a tracer provider that nobody else sees.

FastAPI instruments itself as soon as a global tracer provider exists, and in lite the agent lives
in the same process: so nothing here is global.
"""

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import NoOpTracerProvider

SERVICE_NAME = "llm-simulator"
_EXPORT_TIMEOUT_SECONDS = 2


def create_tracer_provider(otlp_endpoint: str) -> TracerProvider | NoOpTracerProvider:
    """A provider that sends spans to `<otlp_endpoint>/v1/traces`, or drops them without one."""
    if not otlp_endpoint:
        return NoOpTracerProvider()
    exporter = OTLPSpanExporter(
        endpoint=f"{otlp_endpoint.rstrip('/')}/v1/traces", timeout=_EXPORT_TIMEOUT_SECONDS
    )
    provider = TracerProvider(
        resource=Resource.create({"service.name": SERVICE_NAME}), shutdown_on_exit=False
    )
    provider.add_span_processor(BatchSpanProcessor(exporter))
    return provider
