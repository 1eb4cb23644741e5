"""Metrics of short jobs on their way to a Pushgateway."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from agent_telemetry import ConfigurationError, Pushgateway
from tests.polling import wait_for
from tests.scrape import scraped


class Gateway(ThreadingHTTPServer):
    """Takes pushes as a Pushgateway does and keeps them."""

    daemon_threads = True

    def __init__(self) -> None:
        self.got: list[tuple[str, str, str]] = []
        self.open = threading.Event()
        self.open.set()
        self.status = 200
        super().__init__(("127.0.0.1", 0), _Handler)
        self.url = f"http://127.0.0.1:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    server: Gateway

    def _take(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length") or 0)).decode()
        self.server.open.wait(30)
        self.server.got.append((self.command, self.path, body))
        self.send_response(self.server.status)
        self.end_headers()

    do_PUT = do_POST = do_DELETE = _take  # noqa: N815 -- the base class's names

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Write nothing."""


@pytest.fixture
def gateway() -> Iterator[Gateway]:
    """A gateway on a free port."""
    server = Gateway()
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.open.set()
    server.shutdown()
    server.server_close()
    thread.join()


def test_job_pushes_at_its_end(stack, gateway) -> None:
    """``with`` pushes everything that was counted, under job and group, also when it fails."""
    group = {"instance": "worker-3"}
    stack.metrics.inc("agent_created_total")
    with (
        pytest.raises(ValueError, match="job failed"),
        Pushgateway(stack, gateway.url, job="nightly", grouping_key=group),
    ):
        raise ValueError("job failed")
    ((method, path, body),) = gateway.got
    assert (method, path) == ("PUT", "/metrics/job/nightly/instance/worker-3")
    assert "agent_created_total 1.0" in body
    assert scraped(stack, "telemetry_exported_total", signal="metrics") == 1


def test_group_is_deleted_on_request(stack, gateway) -> None:
    """A job that wants to leave nothing behind takes its group away."""
    with Pushgateway(stack, gateway.url, job="nightly", delete_at_end=True) as pushgateway:
        pushgateway.push()
        assert pushgateway.flush()
    assert [method for method, _, _ in gateway.got] == ["PUT", "DELETE"]


def test_pushes_never_wait_and_do_not_pile_up(stack, gateway) -> None:
    """While one push hangs the job goes on; the many after it become one."""
    gateway.open.clear()
    pushgateway = Pushgateway(stack, gateway.url, job="nightly", timeout_seconds=30)
    pushgateway.push()
    for number in range(100):
        stack.metrics.set("agent_pool_size", number)
        pushgateway.push()
    assert not pushgateway.flush(0.05)
    gateway.open.set()
    assert pushgateway.flush(10)
    assert len(gateway.got) <= 3
    assert "agent_pool_size 99.0" in gateway.got[-1][2]
    assert pushgateway.close()


def test_gateway_that_is_away_costs_a_count_and_one_line(stack, log_lines) -> None:
    """Nothing is raised; each failure counts, the log says it once."""
    with Pushgateway(stack, "http://127.0.0.1:9", job="nightly", timeout_seconds=2) as pushgateway:
        for _ in range(3):
            pushgateway.push()
            assert not pushgateway.flush(10)
    assert scraped(stack, "telemetry_export_failures_total", signal="metrics") == 4
    said = [line for line in log_lines() if "Pushgateway" in line["message"]]
    assert [line["level"] for line in said] == ["WARN"]


def test_gateway_that_refuses_is_a_failure(stack, gateway) -> None:
    """An answer of 400 or 500 counts as not delivered."""
    gateway.status = 500
    pushgateway = Pushgateway(stack, gateway.url, job="nightly")
    pushgateway.push()
    wait_for(lambda: gateway.got, within=10, what="the push", pause=0.01)
    assert not pushgateway.close()
    assert scraped(stack, "telemetry_export_failures_total", signal="metrics") == 1


def test_closed_pushgateway_takes_nothing_more(stack, gateway) -> None:
    """After ``close`` a push is ignored and harms nobody."""
    pushgateway = Pushgateway(stack, gateway.url, job="nightly")
    assert pushgateway.close()
    pushgateway.push()
    assert pushgateway.flush()
    assert gateway.got == []


@pytest.mark.parametrize(("gateway_url", "job"), [(" ", "nightly"), ("http://x", "")])
def test_empty_names_are_a_clear_error(stack, gateway_url, job) -> None:
    """A wrong configuration fails at once."""
    with pytest.raises(ConfigurationError):
        Pushgateway(stack, gateway_url, job=job)
