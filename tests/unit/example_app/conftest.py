"""The sample agent against a real simulator over HTTP, with spans in memory."""

import asyncio
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from agent_telemetry import ObservabilityStack, Settings, create_observability_stack
from example_app.app import create_app
from example_app.settings import AppSettings
from example_app.simulator.settings import SimulatorSettings
from example_app.simulator.thread import SimulatorThread


class Client:
    """Asks one app over ASGI and reads what it tells about itself."""

    def __init__(
        self, app: Any, stack: ObservabilityStack, spans: InMemorySpanExporter, logs: Path
    ) -> None:
        self.app = app
        self.stack = stack
        self._spans = spans
        self._logs = logs

    def request(self, method: str, path: str, **options: Any) -> httpx.Response:
        """Make one request."""
        return asyncio.run(self._all([(method, path, options)]))[0]

    def chat(self, message: str = "Where is my order 1042?", **body: Any) -> httpx.Response:
        """Post one chat."""
        return self.request("POST", "/chat", json={"message": message, **body})

    def chats(self, bodies: list[dict[str, Any]]) -> list[httpx.Response]:
        """Post many chats at once."""
        return asyncio.run(self._all([("POST", "/chat", {"json": body}) for body in bodies]))

    def sample(self, name: str, **labels: str) -> float:
        """Read one sample as a scrape would; 0 when it is not there."""
        return self.stack.registry.get_sample_value(name, labels) or 0

    def log(self, **fields: Any) -> list[dict[str, Any]]:
        """Return the log lines that have these fields."""
        lines = [
            json.loads(line)
            for path in self._logs.glob("app-*.jsonl")
            for line in path.read_text("utf-8").splitlines()
        ]
        return [line for line in lines if fields.items() <= line.items()]

    def audit(self, event: str) -> list[dict[str, Any]]:
        """Return the audit records of one event."""
        text = (self._logs / "audit.jsonl").read_text("utf-8")
        records = [json.loads(line) for line in text.splitlines()]
        return [record for record in records if record["event"] == event]

    def spans(self, trace_id: str) -> list[Any]:
        """Return the finished spans of a trace in the order of their start."""
        assert self.stack.flush(5)
        found = [
            span
            for span in self._spans.get_finished_spans()
            if format(span.context.trace_id, "032x") == trace_id
        ]
        return sorted(found, key=lambda span: span.start_time)

    async def _all(self, calls: list[tuple[str, str, dict[str, Any]]]) -> list[httpx.Response]:
        transport = httpx.ASGITransport(self.app)
        async with httpx.AsyncClient(
            transport=transport, base_url="http://test", timeout=120
        ) as client:
            return await asyncio.gather(
                *(client.request(method, path, **options) for method, path, options in calls)
            )


@pytest.fixture(scope="session")
def simulator() -> Iterator[str]:
    """A simulator that answers at once; the value is its base URL."""
    thread = SimulatorThread(SimulatorSettings(port=0, latency_scale=0, otlp_endpoint=""))
    with thread:
        yield thread.base_url


@pytest.fixture
def make_client(simulator: str, tmp_path: Path) -> Iterator[Callable[..., Client]]:
    """Build an app with settings of the test's own, the library's as ``telemetry``."""
    stacks = []

    def make(telemetry: dict[str, Any] | None = None, **settings: Any) -> Client:
        spans = InMemorySpanExporter()
        told: dict[str, Any] = {
            "service_name": "example-agent",
            "log_dir": tmp_path / "logs",
            "log_stdout": False,
            "strict": True,
            "exemplar_seconds": 0,
            **(telemetry or {}),
        }
        stack = create_observability_stack(settings=Settings(**told), span_exporter=spans)
        stacks.append(stack)
        chosen = {"llm_base_url": simulator, "faults_enabled": True, **settings}
        return Client(
            create_app(AppSettings.load(**chosen), stack), stack, spans, tmp_path / "logs"
        )

    yield make
    for stack in stacks:
        stack.shutdown()
    httpx.delete(simulator.removesuffix("/v1") + "/faults")


@pytest.fixture
def client(make_client: Callable[..., Client]) -> Client:
    """An app with default settings."""
    return make_client()
