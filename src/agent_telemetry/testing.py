"""For your own tests: a stack whose spans, metrics and log lines stay in memory.

::

    from agent_telemetry.testing import capture

    def test_answer_is_priced() -> None:
        with capture() as told:
            answer(told.stack, "Where is my order?")
        assert told.span("chat gpt-4o").attributes["gen_ai.usage.output_tokens"] == 133
        assert told.metric("agent_api_cost_usd_total", model="gpt-4o") > 0
        assert told.log("llm_end")["cost_usd"] > 0
"""

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from agent_telemetry.clock import ManualClock
from agent_telemetry.logs.record import JsonFormatter
from agent_telemetry.settings import Settings
from agent_telemetry.stack import ObservabilityStack, create_observability_stack

_DEADLINE_SECONDS = 5.0


class CapturedTelemetry:
    """What a stack told during a test.

    Attributes:
        stack: the stack to hand to the code under test.
        clock: its clock, which stands still until it is moved.
    """

    def __init__(self, stack: ObservabilityStack, clock: ManualClock) -> None:
        self.stack = stack
        self.clock = clock
        self._exporter: InMemorySpanExporter | None = None
        self._lines: list[str] = []

    @property
    def spans(self) -> list[ReadableSpan]:
        """The finished spans, in the order of their ends."""
        if self._exporter is None:
            return []
        self.stack.flush(_DEADLINE_SECONDS)
        return list(self._exporter.get_finished_spans())

    def span(self, name: str) -> ReadableSpan:
        """Return the one finished span of a name.

        Raises:
            AssertionError: there is none, or more than one; the message lists what there is.
        """
        found = [each for each in self.spans if each.name == name]
        names = sorted(each.name for each in self.spans)
        assert len(found) == 1, f"{len(found)} spans are named {name!r}; there are {names}"  # noqa: S101
        return found[0]

    @property
    def logs(self) -> list[dict[str, Any]]:
        """The log records, as the JSON lines say them."""
        return [json.loads(line) for line in self._lines]

    def log(self, event: str) -> dict[str, Any]:
        """Return the one log record of an event.

        Raises:
            AssertionError: there is none, or more than one; the message lists what there is.
        """
        found = [each for each in self.logs if each.get("event") == event]
        events = [each.get("event") for each in self.logs]
        assert len(found) == 1, f"{len(found)} records are of {event!r}; there are {events}"  # noqa: S101
        return found[0]

    def metric(self, name: str, **labels: str) -> float:
        """Return the sum of the samples that have these labels; 0 when there are none.

        Args:
            name: a sample's name as a scrape shows it, such as ``agent_errors_total``.
            **labels: the labels that a sample must have, among others.
        """
        return sum(
            sample.value
            for family in self.stack.registry.collect()
            for sample in family.samples
            if sample.name == name and labels.items() <= sample.labels.items()
        )


class _Memory(logging.Handler):
    def __init__(self, service_name: str, lines: list[str]) -> None:
        super().__init__()
        self.setFormatter(JsonFormatter(service_name))
        self._lines = lines

    def emit(self, record: logging.LogRecord) -> None:
        self._lines.append(self.format(record))


@contextmanager
def capture(service_name: str = "test-agent", **settings: Any) -> Iterator[CapturedTelemetry]:
    """Give a stack that exports nothing and keeps what it tells.

    Faults of the telemetry raise, as with ``AGENT_TELEMETRY_STRICT=1``. The root logger is as
    before afterwards.

    Args:
        service_name: name of the service.
        **settings: fields of ``Settings``, such as ``log_level="DEBUG"``.
    """
    chosen = {"log_stdout": False, "strict": True, **settings}
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    clock, exporter = ManualClock(), InMemorySpanExporter()
    stack = create_observability_stack(
        settings=Settings(service_name=service_name, **chosen),
        span_exporter=exporter,
        clock=clock,
    )
    told = CapturedTelemetry(stack, clock)
    told._exporter = exporter  # noqa: SLF001 -- the exporter is nobody else's
    memory = _Memory(service_name, told._lines)  # noqa: SLF001
    root.addHandler(memory)
    try:
        yield told
    finally:
        stack.shutdown()
        root.handlers[:] = handlers
        root.setLevel(level)
