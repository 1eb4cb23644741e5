"""The standalone server for ``/metrics``."""

import socket
import threading

import httpx
import pytest
from prometheus_client import CollectorRegistry, Counter

from agent_telemetry import ConfigurationError, start_metrics_server
from agent_telemetry.metrics.server import DEFAULT_PORT


def test_it_serves_what_the_stack_counts(stack) -> None:
    """Text for people, OpenMetrics with exemplars for Prometheus; it stops when it is told."""
    with start_metrics_server(stack, 0) as server:
        with stack.llm("gpt-4o") as call:
            call.usage(input=10, output=1)
        text = httpx.get(server.url)
        accept = {"Accept": "application/openmetrics-text; version=1.0.0"}
        open_metrics = httpx.get(server.url, headers=accept)
        posted = httpx.post(server.url)
    assert 'ai_model_calls_total{model="gpt-4o",status="success"} 1.0' in text.text
    assert open_metrics.headers["content-type"].startswith("application/openmetrics-text")
    assert "trace_id=" in open_metrics.text
    assert open_metrics.text.endswith("# EOF\n")
    assert posted.status_code == 405
    with pytest.raises(httpx.ConnectError):
        httpx.get(server.url)
    server.stop()


def test_port_is_8000_by_default() -> None:
    """The guides' port."""
    assert DEFAULT_PORT == 8000


def test_port_in_use_is_a_clear_error() -> None:
    """The error names the port and says that it must be free."""
    registry = CollectorRegistry()
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(ConfigurationError, match=f"{port}.*free port.*in use"):
            start_metrics_server(registry, port)
    with pytest.raises(ConfigurationError, match="70000"):
        start_metrics_server(registry, 70_000)


def test_any_registry_can_be_served() -> None:
    """A registry of prometheus-client's own, for a process without a stack."""
    registry = CollectorRegistry()
    Counter("jobs", "Jobs done.", registry=registry).inc(3)
    with start_metrics_server(registry, 0) as server:
        assert "jobs_total 3.0" in httpx.get(server.url).text


def test_silent_client_blocks_nobody(stack) -> None:
    """A connection that sends nothing does not delay the scrapes, nor the stop."""
    answers: list[int] = []
    with (
        start_metrics_server(stack, 0) as server,
        socket.create_connection(("127.0.0.1", server.port)),
    ):

        def scrape() -> None:
            answers.append(httpx.get(server.url).status_code)

        threads = [threading.Thread(target=scrape) for _ in range(5)]
        for each in threads:
            each.start()
        for each in threads:
            each.join()
        server.stop()
    assert answers == [200] * 5
