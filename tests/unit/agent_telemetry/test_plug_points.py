"""Whatever is plugged in may raise, hang or talk rubbish: the host never notices."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from agent_telemetry import ObservabilityStack, Settings, create_observability_stack
from agent_telemetry.asgi.middleware import App
from agent_telemetry.prices.source import PatientSource
from tests.scrape import scraped

#: Puts a broken part into a stack.
Plug = Callable[["ObservabilityStack", "Broken"], None]


class PluggedInError(Exception):
    """What a broken part raises."""


class Broken:
    """Something that does not do its work.

    Args:
        how: ``raises``, ``hangs`` (until the test is over) or ``rubbish``.
    """

    def __init__(self, how: str) -> None:
        self.how = how
        self.over = threading.Event()
        self.asked = 0

    def __call__(self, *_args: Any, **_given: Any) -> Any:
        """Do it."""
        self.asked += 1
        if self.how == "raises":
            raise PluggedInError("secret of the plug-in")
        if self.how == "hangs":
            self.over.wait(60)
        return object()


class BrokenExporter(SpanExporter):
    """Exports spans in a broken way."""

    def __init__(self, do: Broken) -> None:
        self._do = do

    def export(self, spans: Any) -> SpanExportResult:
        """Export some."""
        return self._do(spans)

    def shutdown(self) -> None:
        """Close; broken as well."""
        self._do()


def span_exporter(stack: ObservabilityStack, do: Broken) -> None:
    """The exporter of spans, given when the stack is built."""


def price_source(stack: ObservabilityStack, do: Broken) -> None:
    """The source of prices that the table does not have."""
    source: Any = type("Source", (), {"find": lambda _self, *asked: do(*asked)})()
    stack.prices._source = PatientSource(source, stack.guard, wait_seconds=0.01)


def redactor(stack: ObservabilityStack, do: Broken) -> None:
    """What looks for personal data."""
    assert stack.redactor is not None
    stack.redactor.find = do


def budget_callback(stack: ObservabilityStack, do: Broken) -> None:
    """What is told of a budget's warning."""
    stack.budget("run", limit_usd=1e-9, window="run", mode="warn")
    stack.budgets.on_warning(do)


def readiness_check(stack: ObservabilityStack, do: Broken) -> None:
    """A check behind /ready."""
    stack.readiness("database", do)


def scrape_source(stack: ObservabilityStack, do: Broken) -> None:
    """What is done before each scrape."""
    stack.metrics.before_scrape.add(do)


def tracked_gauge(stack: ObservabilityStack, do: Broken) -> None:
    """A gauge that is a function."""
    stack.metrics.track("agent_active_count", do)


def trace_exporter(stack: ObservabilityStack, do: Broken) -> None:
    """What is handed each finished trace."""
    stack.tracer.add_exporter(do)


def log_handler(stack: ObservabilityStack, do: Broken) -> None:
    """What is handed each log record."""
    stack.logger.add_handler(do)


PLUGS = (
    span_exporter, price_source, redactor, budget_callback, readiness_check, scrape_source,
    tracked_gauge, trace_exporter, log_handler,
)  # fmt: skip
#: These work beside the host. The others run in its own call and are documented to be quick.
MAY_HANG = (span_exporter, price_source, budget_callback, readiness_check, trace_exporter)
CASES = [(plug, how) for plug in PLUGS for how in ("raises", "rubbish")] + [
    (plug, "hangs") for plug in MAY_HANG
]


@pytest.fixture
def do(request: pytest.FixtureRequest) -> Iterator[Broken]:
    """The broken part; what hangs is let go at the end."""
    broken = Broken(request.param)
    yield broken
    broken.over.set()


@pytest.fixture
def host(plug: Plug, do: Broken, tmp_path: Path) -> Iterator[ObservabilityStack]:
    """A stack as a host has it, not strict, with the broken part in it."""
    stack = create_observability_stack(
        settings=Settings(
            service_name="host", log_dir=tmp_path, log_stdout=False, shutdown_seconds=0.5
        ),
        span_exporter=BrokenExporter(do) if plug is span_exporter else InMemorySpanExporter(),
    )
    plug(stack, do)
    yield stack
    stack.shutdown()


def application(stack: ObservabilityStack) -> App:
    """An app of the host, with an agent in it, watched by the stack."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        with stack.agent("support", tenant_id="acme") as run:
            for model in ("gpt-4o", "llama-9"):
                with stack.llm(model) as call:
                    call.usage(input=1000, output=100)
            with stack.tool("lookup", arguments={"order": 1}):
                stack.logger.info("looked up", order=1)
            stack.audit("looked_up", "by the agent")
        with stack.tracer.start_trace("chat"), stack.tracer.start_span("step"):
            pass
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": str(run.llm_calls).encode()})

    return stack.asgi(app)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(
    ("plug", "do"), CASES, indirect=["do"], ids=[f"{plug.__name__}-{how}" for plug, how in CASES]
)
def test_host_never_notices(host: ObservabilityStack, plug: Plug, do: Broken) -> None:
    """The host's answer is right and its metrics are exact, whatever its plug-ins do."""

    async def ask() -> tuple[httpx.Response, httpx.Response]:
        transport = httpx.ASGITransport(application(host))
        async with httpx.AsyncClient(transport=transport, base_url="http://host") as client:
            async with asyncio.timeout(30):
                ready = asyncio.create_task(client.get("/ready"))
                answers = [await client.post("/chat") for _ in range(3)]
                scrape = await client.get("/metrics")
                # A check that hangs keeps its own answer back and nobody else's.
                do.over.set()
                assert (await ready).status_code in {200, 503}
            return answers[-1], scrape

    answer, scrape = asyncio.run(ask())
    assert (answer.status_code, answer.text) == (200, "2")
    assert scrape.status_code == 200
    assert scraped(host, "agent_invocations_total") == 3
    assert scraped(host, "ai_model_calls_total", status="success") == 6
    assert scraped(host, "agent_tool_calls_total", status="success") == 3
    host.flush(1)
    if plug not in {scrape_source, tracked_gauge} or do.how != "rubbish":
        assert do.asked > 0, "the plug-in was never asked"
    assert scrape.text.count("secret of the plug-in") == 0
