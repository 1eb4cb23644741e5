"""``stack.metrics``: the catalogue's metrics, the host's own ones, and guide A's records."""

from collections.abc import Callable, Sequence
from typing import Any

from prometheus_client import CollectorRegistry

from agent_telemetry.catalogue import FAMILIES
from agent_telemetry.clock import Clock
from agent_telemetry.guard import Guard
from agent_telemetry.metrics.metrics import Metrics
from agent_telemetry.metrics.own_metric import Counter, Gauge, Histogram, Instrument
from agent_telemetry.metrics.registry import MetricsRegistry
from agent_telemetry.workers.workers import Workers

_INSTRUMENTS: dict[str, type[Instrument]] = {
    "counter": Counter,
    "gauge": Gauge,
    "histogram": Histogram,
}


class MetricsCollector(Metrics):
    """Counts by the catalogue's names and keeps metrics of your own beside them.

    A name of the catalogue, asked for by ``counter``, ``gauge`` or ``histogram``, is that very
    metric. The arguments are those of ``Metrics``.
    """

    def __init__(
        self,
        registry: CollectorRegistry | None = None,
        *,
        guard: Guard | None = None,
        exemplar_seconds: float = 15.0,
        clock: Clock | None = None,
        workers: Workers | None = None,
    ) -> None:
        shared = guard if guard is not None else Guard()
        super().__init__(
            registry,
            guard=shared,
            exemplar_seconds=exemplar_seconds,
            clock=clock,
            workers=workers,
        )
        self._shared = shared
        self._own = MetricsRegistry(
            self.registry,
            guard=shared,
            overflowed=lambda name: self.inc("telemetry_label_overflow_total", label=name),
            find=self._of_catalogue,
            workers=workers,
            local=self.local,
        )

    def counter(self, name: str, description: str = "", labels: Sequence[str] = ()) -> Counter:
        """Return a counter, as ``MetricsRegistry.counter`` does."""
        return self._own.counter(name, description, labels)

    def gauge(self, name: str, description: str = "", labels: Sequence[str] = ()) -> Gauge:
        """Return a gauge, as ``MetricsRegistry.gauge`` does."""
        return self._own.gauge(name, description, labels)

    def histogram(
        self,
        name: str,
        description: str = "",
        buckets: Sequence[float] | None = None,
        labels: Sequence[str] = (),
    ) -> Histogram:
        """Return a histogram, as ``MetricsRegistry.histogram`` does."""
        return self._own.histogram(name, description, buckets, labels)

    def collect(self) -> list[dict[str, Any]]:
        """Return one entry a series, as ``MetricsRegistry.collect`` does."""
        return self._own.collect()

    def to_prometheus_text(self) -> str:
        """Return the text that ``/metrics`` shows, without exemplars."""
        return self._own.to_prometheus_text()

    def record_agent_created(self) -> None:
        """Count an agent and show it as active, until ``record_agent_closed``.

        A pool that has its gauges read at each scrape goes on showing its own numbers.
        """
        self.inc("agent_created_total")
        self.inc("agent_active_count")

    def record_agent_closed(self) -> None:
        """Show one active agent less."""
        self.inc("agent_active_count", -1)

    def record_tool_call(
        self,
        tool_name: str,
        success: bool = True,  # noqa: FBT001, FBT002 -- the guides' signature
        duration_seconds: float | None = None,
    ) -> None:
        """Count a tool call.

        Args:
            tool_name: the tool's name.
            success: whether it did what it was asked.
            duration_seconds: how long it took; None: not observed.
        """
        self.inc("tool_calls_total")
        if not success:
            self.inc("tool_errors_total")
        status = "success" if success else "failed"
        self.inc("agent_tool_calls_total", tool_name=tool_name, status=status)
        if duration_seconds is not None:
            self.observe("agent_tool_call_latency_seconds", duration_seconds, tool_name=tool_name)

    def record_chat_latency(self, agent_id: str, template_id: str, seconds: float) -> None:
        """Record the time of one chat with everything in it, once a chat."""
        self.observe(
            "agent_chat_latency_seconds", seconds, agent_id=agent_id, template_id=template_id
        )

    def record_token_usage(self, input_tokens: int, output_tokens: int) -> None:
        """Record the tokens of one model call."""
        self.observe("agent_token_usage", input_tokens, type="input")
        self.observe("agent_token_usage", output_tokens, type="output")

    def redact_labels(self, redact: Callable[[str], str]) -> None:
        """Have personal data and secrets taken out of each label value when it first comes."""
        self.bounds.redact = self._own.bounds.redact = redact

    def _of_catalogue(self, name: str, kind: type[Instrument]) -> Instrument | None:
        family = FAMILIES.get(name)
        if family is None and kind is Counter:
            family = FAMILIES.get(f"{name}_total")
        if family is None:
            return None
        if family.scraped or family.type not in _INSTRUMENTS:
            raise ValueError(
                f"metric {name} is kept by the library itself; it cannot be written by hand"
            )
        writer = self.family(family.name)
        return _INSTRUMENTS[family.type](
            family,
            lambda labels: writer.child(*family.values(labels)),
            lambda each, error: self._shared.fault(f"metrics.{each[:80]}", error),
        )
