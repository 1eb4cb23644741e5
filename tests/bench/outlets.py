"""Where every contestant's spans and lines go: the same for all, and never over the network."""

from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult

from agent_telemetry import ObservabilityStack, Settings, create_observability_stack


class Nowhere(SpanExporter):
    """Takes every batch and drops it."""

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        del spans
        return SpanExportResult.SUCCESS


def provider(ending: ExitStack) -> TracerProvider:
    """Return a provider of its own, private to a contestant, that batches as the SDK does."""
    made = TracerProvider(resource=Resource.create({"service.name": "bench"}))
    made.add_span_processor(BatchSpanProcessor(Nowhere(), max_queue_size=65_536))
    ending.callback(made.shutdown)
    return made


def our_stack(ending: ExitStack, folder: Path) -> ObservabilityStack:
    """Return the library as it comes, with its log file in a folder."""
    settings = Settings(
        service_name="bench",
        log_dir=folder / "ours",
        log_stdout=False,
        log_stderr=False,
        span_queue_size=65_536,
    )
    made = create_observability_stack("bench", settings=settings, span_exporter=Nowhere())
    ending.callback(made.shutdown)
    return made
