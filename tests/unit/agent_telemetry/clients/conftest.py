"""A real simulator behind the real client packages."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from agent_telemetry import ObservabilityStack
from agent_telemetry.metrics.exposition import expose
from example_app.simulator.settings import SimulatorSettings
from example_app.simulator.thread import SimulatorThread


@pytest.fixture(scope="session")
def simulator() -> Iterator[str]:
    """The base URL of a running simulator, without ``/v1``."""
    thread = SimulatorThread(SimulatorSettings(host="127.0.0.1", port=0, latency_scale=0))
    yield thread.start().removesuffix("/v1")
    thread.stop()


@pytest.fixture
def scraped(stack: ObservabilityStack) -> Callable[..., float]:
    """Read the sum of a metric's samples with these labels, from the scraped text."""

    def read(name: str, **labels: str) -> float:
        text = expose(stack.registry, "text/plain")[0].decode()
        return sum(
            sample.value
            for family in text_string_to_metric_families(text)
            for sample in family.samples
            if sample.name == name and labels.items() <= sample.labels.items()
        )

    return read


TOOLS: list[dict[str, Any]] = [
    {
        "type": "function",
        "function": {
            "name": "lookup_order",
            "description": "Status and delivery of an order.",
            "parameters": {
                "type": "object",
                "properties": {"order_id": {"type": "string"}},
                "required": ["order_id"],
            },
        },
    }
]
