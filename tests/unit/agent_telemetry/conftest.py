"""Stacks for tests: strict, with spans in memory and log lines in a folder."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from opentelemetry import context as otel_context
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from agent_telemetry import (
    ObservabilityStack,
    Settings,
    correlation,
    create_observability_stack,
)
from agent_telemetry.clock import ManualClock
from agent_telemetry.operations import operation


@pytest.fixture(autouse=True)
def _fresh_context() -> None:
    """No request, operation or span of another test is the current one."""
    correlation._current.set(None)
    operation._current.set(None)
    otel_context.attach(otel_context.Context())


@pytest.fixture
def spans() -> InMemorySpanExporter:
    """Where finished spans arrive."""
    return InMemorySpanExporter()


@pytest.fixture
def clock() -> ManualClock:
    """A clock that stands still."""
    return ManualClock()


@pytest.fixture
def make_stack(
    tmp_path: Path, spans: InMemorySpanExporter, clock: ManualClock
) -> Iterator[Callable[..., ObservabilityStack]]:
    """Build stacks that are shut down afterwards."""
    built = []

    def make(**settings: Any) -> ObservabilityStack:
        chosen = {
            "service_name": "test-agent",
            "log_dir": tmp_path / "logs",
            "log_stdout": False,
            "strict": True,
            **settings,
        }
        stack = create_observability_stack(
            settings=Settings(**chosen), span_exporter=spans, clock=clock
        )
        built.append(stack)
        return stack

    yield make
    for stack in built:
        stack.shutdown()


@pytest.fixture
def stack(make_stack: Callable[..., ObservabilityStack]) -> ObservabilityStack:
    """A strict stack with default settings."""
    return make_stack()


@pytest.fixture
def log_lines(tmp_path: Path) -> Callable[[], list[dict[str, Any]]]:
    """Read what was written to the shipped file."""

    def read() -> list[dict[str, Any]]:
        files = sorted((tmp_path / "logs").glob("app-*.jsonl"))
        return [json.loads(line) for path in files for line in path.read_text("utf-8").splitlines()]

    return read


@pytest.fixture
def finished(
    stack: ObservabilityStack, spans: InMemorySpanExporter
) -> Callable[[], dict[str, Any]]:
    """Wait for the export and return the spans by name."""

    def read() -> dict[str, Any]:
        assert stack.flush(5)
        return {span.name: span for span in spans.get_finished_spans()}

    return read
