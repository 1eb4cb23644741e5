"""A short job's metrics in a real Pushgateway, which comes and goes."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest
import yaml

from agent_telemetry import (
    ObservabilityStack,
    Pushgateway,
    Settings,
    create_observability_stack,
)
from tests.config.compose_files import ROOT
from tests.config.server_programs import program
from tests.polling import wait_for
from tests.process.conftest import a_free_port
from tests.scrape import scraped


@pytest.fixture
def stack(tmp_path) -> Iterator[ObservabilityStack]:
    """The stack of a job."""
    settings = Settings(service_name="job", log_dir=tmp_path / "logs", log_stderr=False)
    made = create_observability_stack(settings=settings)
    yield made
    made.shutdown()


@contextmanager
def _gateway(port, folder) -> Iterator[None]:
    """Run it as compose/push.yml does, with what was pushed kept in a folder."""
    words = [f"--persistence.file={folder}/pushed", "--persistence.interval=1s"]
    child = subprocess.Popen(
        [program("pushgateway"), f"--web.listen-address=127.0.0.1:{port}", *words],
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        ready = f"http://127.0.0.1:{port}/-/ready"
        wait_for(lambda: httpx.get(ready).is_success, within=30, what="the gateway is ready")
        yield
    finally:
        child.terminate()
        child.wait(30)


def _held(port):
    """Return the samples that carry the job's label, as Prometheus would scrape them."""
    lines = httpx.get(f"http://127.0.0.1:{port}/metrics").text.splitlines()
    return [line for line in lines if 'job="nightly"' in line]


def test_job_is_seen_after_its_end(stack, tmp_path):
    """What a job counted can be scraped after its end, under its labels, until it is deleted."""
    port = a_free_port()
    url = f"http://127.0.0.1:{port}"
    with _gateway(port, tmp_path):
        group = {"instance": "worker-3"}
        with Pushgateway(stack, url, job="nightly", grouping_key=group, timeout_seconds=20):
            stack.metrics.inc("agent_created_total", 3)
        created = [line for line in _held(port) if line.startswith("agent_created_total{")]
        assert len(created) == 1
        assert 'instance="worker-3"' in created[0]
        assert created[0].endswith(" 3")
    with _gateway(port, tmp_path):
        assert any(line.startswith("agent_created_total{") for line in _held(port))
        pushgateway = Pushgateway(stack, url, job="nightly", grouping_key=group)
        pushgateway.delete()
        assert pushgateway.close(20)
        assert _held(port) == []


def test_gateway_that_was_away_has_it_all_afterwards(stack, tmp_path):
    """A push to a gateway that is away is counted; the next one says all that it would have."""
    port = a_free_port()
    pushgateway = Pushgateway(stack, f"http://127.0.0.1:{port}", job="nightly", timeout_seconds=20)
    stack.metrics.inc("agent_created_total")
    pushgateway.push()
    assert not pushgateway.flush(30)
    assert scraped(stack, "telemetry_export_failures_total", signal="metrics") == 1
    stack.metrics.inc("agent_created_total")
    with _gateway(port, tmp_path):
        pushgateway.push()
        assert pushgateway.close(30)
        (created,) = [line for line in _held(port) if line.startswith("agent_created_total{")]
        assert created.endswith(" 2")


@pytest.mark.parametrize(("job", "port"), [("pushgateway", 9091), ("node-exporter", 9100)])
def test_prometheus_looks_for_it_by_name(job, port):
    """An absent profile is no failing target; what is pushed keeps its own job and instance."""
    config = yaml.safe_load((ROOT / "prometheus" / "prometheus.yml").read_text("utf-8"))
    (found,) = [one for one in config["scrape_configs"] if one["job_name"] == job]
    (looked_up,) = found["dns_sd_configs"]
    assert (looked_up["names"], looked_up["type"], looked_up["port"]) == ([job], "A", port)
    assert found.get("honor_labels", False) == (job == "pushgateway")
