"""Diagnostics over HTTP: the report, the health check, and the numbers of the last hour."""

import asyncio
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from agent_telemetry import ObservabilityStack


def app_of(stack: ObservabilityStack) -> FastAPI:
    """An app of somebody else's with one route that works and one that breaks."""
    app = FastAPI()

    @app.get("/orders/{order}")
    async def orders(order: str) -> str:
        with stack.agent("support"), stack.llm("gpt-4o") as call:
            call.usage(input=100, output=20)
        return order

    @app.get("/broken")
    async def broken() -> None:
        raise RuntimeError("out of order")

    stack.instrument(app)
    return app


def ask(stack: ObservabilityStack, *paths: str) -> list[httpx.Response]:
    """Send requests one after the other to the app."""

    async def run() -> list[httpx.Response]:
        transport = httpx.ASGITransport(app_of(stack), raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://app") as client:
            return [await client.get(path) for path in paths]

    return asyncio.run(run())


def test_stats_of_the_last_hour(stack: ObservabilityStack) -> None:
    """Requests by route template, errors by type with their trace, model calls with tokens."""
    answers = ask(stack, "/orders/1", "/orders/2", "/broken", "/stats")
    found = answers[-1].json()
    assert found["requests"]["total_requests"] == 3
    assert found["requests"]["endpoints"]["/orders/{order}"]["count"] == 2
    assert found["errors"]["error_types"] == {"RuntimeError": 1}
    (error,) = found["errors"]["recent_errors"]
    assert len(error["request_id"]) >= 16
    assert len(error["trace_id"]) == 32
    assert found["model"]["gpt-4o"]["total_calls"] == 2
    assert found["model"]["gpt-4o"]["total_tokens"] == 240
    assert found["system"]["memory"]["percent"] > 0


def test_window_can_be_chosen(stack: ObservabilityStack, clock: Any) -> None:
    """``?seconds=`` narrows the window; nonsense is refused."""
    ask(stack, "/orders/1")
    clock.advance(1800)
    whole, narrow, wrong = ask(stack, "/stats", "/stats?seconds=600", "/stats?seconds=nan")
    assert whole.json()["requests"]["total_requests"] == 1
    assert narrow.json()["requests"]["total_requests"] == 0
    assert wrong.status_code == 422


def test_health_in_detail(stack: ObservabilityStack) -> None:
    """The checks hold at first; many errors turn the health, and the page still answers."""
    (fine,) = ask(stack, "/health/detailed")
    assert fine.json()["status"] == "healthy"
    assert fine.json()["checks"] == {"pool": True, "memory": True, "error_rate": True}
    bad = ask(stack, "/broken", "/broken", "/health/detailed")[-1]
    assert bad.status_code == 200
    assert bad.json()["status"] == "unhealthy"
    assert bad.json()["checks"]["error_rate"] is False


def test_full_pool_is_not_healthy(stack: ObservabilityStack) -> None:
    """The check of the pool is the guide's: its size is below its maximum."""
    stack.metrics.set("agent_pool_max_size", 5)
    stack.metrics.set("agent_pool_size", 5)
    assert ask(stack, "/diagnostics")[0].json()["health"]["checks"]["pool"] is False


def test_report(stack: ObservabilityStack) -> None:
    """Everything of the report is there with a value that can be."""
    report = ask(stack, "/orders/1", "/broken", "/diagnostics")[-1].json()
    assert report["errors_last_hour"] == 1
    assert report["memory_bytes"] > 1_000_000
    assert report["threads"] >= 1
    assert report["tasks"] >= 1
    assert 0 < report["latency"]["avg_seconds"] <= report["latency"]["p95_seconds"] * 1.1
    assert report["time"].endswith("+00:00")
    assert report["telemetry"]["queue_capacity"] == {"traces": 4096.0}


@pytest.mark.parametrize("path", ["/stats", "/diagnostics", "/health/detailed"])
def test_asking_every_second_leaves_no_trace(
    stack: ObservabilityStack, log_lines: Any, finished: Any, path: str
) -> None:
    """A hundred questions write no log line, no span and no request count."""
    answers = ask(stack, *[path] * 100)
    assert all(each.status_code == 200 for each in answers)
    assert [line for line in log_lines() if line["logger"].startswith("agent")] == []
    assert finished() == {}
    assert stack.registry.get_sample_value("http_requests_total") is None
