"""Finished spans on their way to a Zipkin server, beside any other backend."""

from importlib.util import find_spec

from opentelemetry.sdk.trace import ReadableSpan

from agent_telemetry.bounded_queue import BoundedQueue
from agent_telemetry.clock import Clock
from agent_telemetry.exceptions import ConfigurationError
from agent_telemetry.metrics.metrics import Metrics
from agent_telemetry.settings import Settings
from agent_telemetry.standby import Standby
from agent_telemetry.traces.span_export import SpanDelivery, span_queue

_VARIABLE = "OTEL_EXPORTER_ZIPKIN_ENDPOINT"
_PACKAGE = "opentelemetry.exporter.zipkin"


class ZipkinQueue:
    """Spans that wait for Zipkin, which is not missed before it was reached once.

    Args:
        settings: endpoint and bounds.
        metrics: where deliveries and drops are counted.
        clock: for the time of the last export.

    Attributes:
        queue: takes the spans.

    Raises:
        ConfigurationError: the exporter is not installed.
    """

    queue: BoundedQueue[ReadableSpan]

    def __init__(self, settings: Settings, metrics: Metrics, clock: Clock | None = None) -> None:
        _require_package()
        # Imported late: they take as long to import as all the rest, see otlp_queue.
        from opentelemetry.exporter.zipkin.json import ZipkinExporter  # noqa: PLC0415

        from agent_telemetry.traces.answer_session import AnswerSession  # noqa: PLC0415

        endpoint = settings.zipkin_endpoint or ""
        self._session = AnswerSession()
        exporter = ZipkinExporter(
            endpoint=endpoint,
            # Its own bound of 128 characters would cut what every other backend shows.
            max_tag_value_length=settings.attribute_length,
            session=self._session,
        )
        self._standby = Standby(self._resize, (settings.span_queue_size, settings.span_queue_bytes))
        self.queue = span_queue(
            "zipkin",
            SpanDelivery(exporter, self._session, endpoint, self._standby),
            settings,
            metrics,
            clock,
            is_away=self._is_away,
            is_missed=lambda: self._standby.reached,
        )

    def flush(self, seconds: float) -> bool:
        """Wait for the delivery, for at most some seconds; not for a server never seen."""
        return self._standby.flush(self.queue.flush, self._is_away, seconds)

    def _is_away(self) -> bool:
        return self._session.unreachable

    def _resize(self, most_items: int, most_bytes: int) -> None:
        self.queue.resize(most_items, most_bytes)


def _require_package() -> None:
    try:
        found = find_spec(f"{_PACKAGE}.json") is not None
    except ModuleNotFoundError:
        found = False
    if not found:
        accepted = (
            "nothing, as long as the package `opentelemetry-exporter-zipkin-json` is not "
            "installed: pip install 'agent-telemetry[zipkin]'"
        )
        raise ConfigurationError(_VARIABLE, "(not shown)", accepted)
