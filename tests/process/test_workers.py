"""Several workers of one service: what any of them answers is what all of them did."""

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import psutil
import pytest

from agent_telemetry.workers.folder_lock import locked
from tests.polling import wait_for
from tests.process.otlp_receiver import OtlpReceiver
from tests.process.worker_service import GUNICORN, UVICORN, WorkerService, service

CALLS = 200
#: What one call of the test's app costs: 1000 and 100 tokens of gpt-4o, in USD.
PRICE = 0.0035
#: Spans of one call: the request, the agent, the model and the tool.
SPANS = 4
#: Counters and counts that grow by one with each call.
COUNTED = (
    "agent_requests_total",
    "http_requests_total",
    "agent_request_duration_seconds_count",
    "agent_invocations_total",
    "ai_model_calls_total",
    "gen_ai_client_operation_duration_seconds_count",
    "agent_tool_calls_total",
    "agent_cache_requests_total",
    "own_total",
)


@pytest.fixture
def backend() -> Iterator[OtlpReceiver]:
    """Takes the spans."""
    with OtlpReceiver() as receiver:
        yield receiver


def counts(numbers: dict[str, float]) -> dict[str, float]:
    """Return the numbers that count calls."""
    return {name: numbers.get(name, 0) for name in COUNTED}


def settled(running: WorkerService, expected: Callable[[dict[str, float]], bool]) -> bool:
    """Wait until a scrape is as expected: workers tell each other every two seconds."""

    def there() -> dict[str, float]:
        numbers = running.scrape()
        return numbers if expected(numbers) else {}

    return bool(wait_for(there, within=15, what="the numbers of all workers", pause=0.3))


@pytest.mark.parametrize(
    "command",
    [(*UVICORN, "4"), (*GUNICORN, "4"), (*GUNICORN, "4", "--preload")],
    ids=["uvicorn", "gunicorn", "gunicorn-preload"],
)
def test_four_workers_add_up(command, tmp_path, free_port, backend) -> None:
    """Every call is in the counters, in one span of each kind and in one line of one log file."""
    traces = {"OTEL_EXPORTER_OTLP_ENDPOINT": backend.url}
    with service(command, free_port, tmp_path, **traces) as running:
        pids = set(running.work(CALLS))
        assert len(pids) > 1, "one worker answered everything"
        for _ in range(4):
            assert counts(running.scrape()) == dict.fromkeys(COUNTED, CALLS)
        assert settled(
            running,
            lambda numbers: (
                abs(numbers["agent_daily_cost_usd"] - CALLS * PRICE) < 1e-9
                and numbers["agent_pool_max_size"] == 4 * 8
                and numbers["agent_concurrent_users"] == 10
                and numbers["agent_daily_active_users"] == 10
                and numbers["agent_active_tenants"] == 1
                and numbers["agent_success_rate"] == 1
                and numbers["agent_data_accuracy_ratio"] == 0.75
                and numbers["telemetry_exported_total"] == SPANS * CALLS
            ),
        )
        numbers = running.scrape()
        memory = sum(psutil.Process(pid).memory_info().rss for pid in pids)
        assert numbers["agent_memory_usage_bytes"] > 0.8 * memory
        assert numbers["process_cpu_seconds_total"] > 0
        assert "telemetry_faults_total" not in numbers
        running.end()
    told = Counter((span.trace_id, span.name) for span in backend.spans)
    assert len(told) == SPANS * CALLS
    assert set(told.values()) == {1}
    lines = [line for _, line in running.log_lines()]
    assert Counter(line["event"] for line in lines)["request_end"] == CALLS
    assert len({line["log_id"] for line in lines}) == len(lines)
    requests = [line["request_id"] for line in lines if line["event"] == "request_end"]
    assert len(set(requests)) == CALLS


def test_a_stopped_service_has_delivered_everything(tmp_path, free_port, backend) -> None:
    """Alone, uvicorn ends by the signal that it got; what waited was delivered before."""
    command = ("uvicorn", "--log-level", "warning")
    traces = {"OTEL_EXPORTER_OTLP_ENDPOINT": backend.url, "PROMETHEUS_MULTIPROC_DIR": ""}
    with service(command, free_port, tmp_path, **traces) as running:
        running.work(50)
        running.end()
    assert len(backend.spans) == SPANS * 50


@pytest.mark.parametrize("extra", [(), ("--preload",)], ids=["spawned", "preload"])
def test_nothing_goes_with_a_recycled_worker(extra, tmp_path, free_port, backend) -> None:
    """Workers that end after some requests take no count, span or line along.

    And their folder does not grow.
    """
    command = (*GUNICORN, "2", "--max-requests", "25", "--max-requests-jitter", "10", *extra)
    traces = {"OTEL_EXPORTER_OTLP_ENDPOINT": backend.url}
    with service(command, free_port, tmp_path, **traces) as running:
        seen: list[float] = []
        done = threading.Event()

        def watch() -> None:
            while not done.wait(0.05):
                try:
                    seen.append(running.scrape().get("agent_requests_total", 0))
                except httpx.TransportError:  # its worker was just ending
                    continue

        pids: list[int] = []

        def work() -> bool:
            pids.extend(running.work(20))
            return len(set(pids)) >= 6

        watcher = threading.Thread(target=watch)
        watcher.start()
        try:
            wait_for(work, within=30, what="workers were recycled", pause=0.1)
        finally:
            done.set()
            watcher.join()
        assert seen == sorted(seen), "a counter fell"
        assert settled(running, lambda numbers: numbers["agent_pool_max_size"] == 2 * 8)
        numbers = running.scrape()
        assert counts(numbers) == dict.fromkeys(COUNTED, len(pids))
        assert numbers["agent_data_accuracy_ratio"] == 0.75
        assert numbers["agent_active_connections"] == 0
        assert settled(running, lambda _numbers: _owners(running) <= {"merged", *_here(running)})
        running.end()
    told = Counter((span.trace_id, span.name) for span in backend.spans)
    assert (len(told), set(told.values())) == (SPANS * len(pids), {1})
    events = Counter(line["event"] for _, line in running.log_lines())
    assert events["request_end"] == len(pids)


def test_a_killed_worker_leaves_its_counts_and_no_gauge(tmp_path, free_port) -> None:
    """Requests in flight in a killed worker are gone from the gauge; what it counted stays."""
    with service((*UVICORN, "2"), free_port, tmp_path) as running:
        pids = running.work(40)
        assert settled(running, lambda numbers: numbers["agent_concurrent_users"] == 10)
        caller = threading.Thread(target=_post_and_lose, args=(f"{running.url}/wait",))
        caller.start()
        assert settled(running, lambda numbers: numbers["agent_active_connections"] == 1)
        for pid in set(pids):
            psutil.Process(pid).kill()
        caller.join(30)
        assert settled(running, lambda numbers: numbers["agent_active_connections"] == 0)
        assert settled(running, lambda numbers: numbers["agent_pool_max_size"] == 2 * 8)
        assert counts(running.scrape()) == dict.fromkeys(COUNTED, 40)
        assert running.scrape()["agent_concurrent_users"] == 10


def _here(running: WorkerService) -> set[str]:
    """Return the pids of the service."""
    first = psutil.Process(running.child.pid)
    return {str(each.pid) for each in (first, *first.children(recursive=True))}


def _owners(running: WorkerService) -> set[str]:
    """Return whose files are in the workers' folder."""
    files = (running.directory / "workers").glob("*.db")
    return {path.stem.rpartition("_")[2] for path in files}


def _post_and_lose(url: str) -> None:
    with pytest.raises(httpx.TransportError):
        httpx.post(url, params={"seconds": 60}, timeout=60)


def test_no_worker_is_asked_while_files_are_merged(tmp_path: Path, free_port: int) -> None:
    """A scrape that cannot have the folder in time is refused, not half answered."""
    with service((*UVICORN, "1"), free_port, tmp_path) as running:
        holder = tmp_path / "workers" / "agent_telemetry.lock"
        with locked(holder):
            answer = httpx.get(f"{running.url}/metrics", timeout=30)
        assert answer.status_code == 503
        assert "busy" in answer.text
        assert httpx.get(f"{running.url}/metrics", timeout=30).is_success
