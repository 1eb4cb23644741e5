"""Two services on one host never mix, whatever is set and whatever is not."""

import subprocess
from collections import Counter

import pytest

from commands.checkout import ROOT
from tests.polling import wait_for
from tests.process.conftest import a_free_port
from tests.process.otlp_receiver import OtlpReceiver
from tests.process.worker_service import (
    APP,
    GUNICORN,
    PROGRAMS,
    UVICORN,
    WorkerService,
    environment,
    service,
)

PRICE = 0.0035


def requests(running: WorkerService) -> float:
    """Return how many requests a service says it had."""
    return running.scrape().get("agent_requests_total", 0)


@pytest.mark.parametrize("workers", ["1", "2"])
def test_each_counts_its_own(tmp_path, workers) -> None:
    """Numbers, costs, spans and log lines of two services stay apart on the same host.

    One worker each without any variable, then two workers each with a folder of its own; logs and
    state are in the same folders both times.
    """
    both = {
        "AGENT_TELEMETRY_LOG_DIR": str(tmp_path / "logs"),
        "AGENT_TELEMETRY_STATE_DIR": str(tmp_path / "state"),
    }
    if workers == "1":
        both["PROMETHEUS_MULTIPROC_DIR"] = ""
    with (
        OtlpReceiver() as backend,
        service(
            (*UVICORN, workers),
            a_free_port(),
            tmp_path / "shop",
            OTEL_SERVICE_NAME="shop",
            OTEL_EXPORTER_OTLP_ENDPOINT=backend.url,
            **both,
        ) as shop,
        service(
            (*UVICORN, workers),
            a_free_port(),
            tmp_path / "bank",
            OTEL_SERVICE_NAME="bank",
            OTEL_EXPORTER_OTLP_ENDPOINT=backend.url,
            **both,
        ) as bank,
    ):
        shop.work(30)
        bank.work(50)
        for running, calls in ((shop, 30), (bank, 50)):
            assert requests(running) == calls

            def spent(running: WorkerService = running) -> float:
                return running.scrape()["agent_daily_cost_usd"]

            wait_for(
                lambda spent=spent, calls=calls: abs(spent() - calls * PRICE) < 1e-9,
                within=10,
                what="the cost is in the ledger",
                pause=0.2,
            )
        shop.end()
        bank.end()
    assert Counter(span.service for span in backend.spans) == {"shop": 4 * 30, "bank": 4 * 50}
    shop.directory = tmp_path
    ends = [line for _, line in shop.log_lines() if line["event"] == "request_end"]
    assert Counter(line["service"] for line in ends) == {"shop": 30, "bank": 50}


def failed_start(directory, **variables: str) -> str:
    """Start a service that cannot start; return what it printed."""
    done = subprocess.run(
        [PROGRAMS / GUNICORN[0], *GUNICORN[1:], "2", "-b", f"127.0.0.1:{a_free_port()}", APP],
        cwd=ROOT,
        env=environment(directory, **variables),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode != 0
    return done.stdout + done.stderr


def test_no_second_one_in_the_same_folder(tmp_path) -> None:
    """Another service, and another instance of the same one, are refused and spoil nothing."""
    with service((*GUNICORN, "2"), a_free_port(), tmp_path) as running:
        running.work(20)
        for name in ("worker-test", "bank"):
            printed = failed_start(tmp_path, OTEL_SERVICE_NAME=name)
            assert "ConfigurationError: PROMETHEUS_MULTIPROC_DIR=" in printed
            assert f"service worker-test, process {running.child.pid}" in printed
        running.work(20)
        assert requests(running) == 40
        running.end()
    with service((*GUNICORN, "2"), a_free_port(), tmp_path) as again:
        assert requests(again) == 0
