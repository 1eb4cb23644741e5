"""What workers tell each other through the folder that they share."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

#: Runs functions in forked workers, one after the other.
START = """
import json, os, sys
from prometheus_client import Counter
from agent_telemetry import create_observability_stack
from tests.scrape import samples, scraped
stack = create_observability_stack("shop")

def worker(job, *arguments):
    pid = os.fork()
    if pid == 0:
        job(*arguments)
        stack.shutdown()
        os._exit(0)
    assert os.waitpid(pid, 0)[1] == 0

def tell(**numbers):
    print(json.dumps(numbers))
"""


def run(folder: Path, program: str, **variables: str) -> dict[str, Any]:
    """Run a program in a process of its own; return what it tells."""
    done = subprocess.run(
        [sys.executable, "-c", START + program],
        env={
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(Path(__file__).parents[4]),
            "PROMETHEUS_MULTIPROC_DIR": str(folder),
            "AGENT_TELEMETRY_LOG_STDOUT": "0",
            "AGENT_TELEMETRY_STRICT": "1",
            **variables,
        },
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_workers_that_come_and_go_do_not_add_up_to_more_and_more_series(tmp_path) -> None:
    """Each of five workers meets 60 new tenants: the label stays bounded, the total exact."""
    told = run(
        tmp_path,
        """
def meet(round):
    for number in range(60):
        tenant = f"r{round}-t{number}"
        stack.metrics.inc("agent_api_cost_usd_total", model="gpt-4o", tenant_id=tenant)
        stack.metrics.counter("own").inc(labels={"shelf": tenant})

for round in range(5):
    worker(meet, round)
costs = samples(stack.registry, "agent_api_cost_usd_total")
own = samples(stack.registry, "own_total")
tell(tenants=len(costs), spent=sum(s.value for s in costs), own=len(own),
     counted=sum(s.value for s in own))
""",
    )
    assert told == {"tenants": 101, "spent": 300, "own": 101, "counted": 300}


def test_a_family_stays_bounded_over_all_workers(tmp_path) -> None:
    """Workers that come and go share the bound of a family's children too."""
    told = run(
        tmp_path,
        """
def meet(round):
    for tenant in range(40):
        for endpoint in range(30):
            stack.metrics.observe("agent_request_duration_seconds", 0.1, method="POST",
                                  endpoint=f"/{round}/{endpoint}", tenant_id=f"t{tenant}")

for round in range(3):
    worker(meet, round)
counts = samples(stack.registry, "agent_request_duration_seconds_count")
tell(series=len(counts), seen=sum(s.value for s in counts))
""",
    )
    assert told["seen"] == 3600
    assert told["series"] <= 2001


def test_windows_of_all_workers(tmp_path) -> None:
    """Users and tenants are counted once, rates are over the runs and look-ups of all workers."""
    told = run(
        tmp_path,
        """
def serve(number):
    for user in range(3):
        stack.activity.seen(f"u{user + number}", "acme")
    for _ in range(number):
        stack.activity.run_ended("support", 2.0, succeeded=True)
    stack.activity.run_ended("support", 5.0, succeeded=False)
    for hit in [True] * number + [False]:
        stack.metrics.cache_request("answers", hit=hit)

for number in (1, 3):
    worker(serve, number)
serve(0)
tell(users=scraped(stack, "agent_concurrent_users"), tenants=scraped(stack, "agent_active_tenants"),
     success=scraped(stack, "agent_success_rate"),
     seconds=scraped(stack, "agent_avg_response_time_seconds"),
     hits=scraped(stack, "agent_cache_hit_rate"))
""",
    )
    # Runs: 1 + 3 of 2 s that succeeded, three of 5 s that failed; look-ups: 4 hits of 7.
    assert told["users"] == 6
    assert told["tenants"] == 1
    assert told["success"] == pytest.approx(4 / 7)
    assert told["seconds"] == pytest.approx(23 / 7)
    assert told["hits"] == pytest.approx(400 / 7)


def test_users_leave_no_name_in_the_folder(tmp_path) -> None:
    """What the workers tell each other about users is hashed with a key of this instance."""
    run(
        tmp_path,
        """
worker(stack.activity.seen, "ann@example.com", "acme")
tell()
""",
    )
    files = [path for path in tmp_path.iterdir() if path.suffix != ".sqlite3"]
    assert any(path.suffix == ".windows" for path in files)
    assert not any(b"ann" in path.read_bytes() for path in files)


def test_a_process_that_only_forks_has_no_gauges(tmp_path) -> None:
    """Tracked gauges are those of the workers; the master of a preloaded app adds none."""
    told = run(
        tmp_path,
        """
import signal, time
stack.metrics.track("agent_pool_max_size", lambda: 8)
ready, go = os.pipe(), os.pipe()
children = []
for _ in range(2):
    pid = os.fork()
    if pid == 0:
        stack.metrics.at_work()
        stack.metrics.workers.beat.beat()
        os.write(ready[1], b"x")
        os.read(go[0], 1)
        os._exit(0)
    children.append(pid)
for _ in children:
    os.read(ready[0], 1)
from prometheus_client.multiprocess import MultiProcessCollector
files = [str(path) for path in stack.metrics.workers.folder.path.glob("*.db")]
before = {s.name: s.value for f in MultiProcessCollector.merge(files) for s in f.samples}
os.write(go[1], b"xx")
for pid in children:
    os.waitpid(pid, 0)
tell(before=before["agent_pool_max_size"], after=scraped(stack, "agent_pool_max_size"))
""",
    )
    # Asked itself, the first process is at work as well, and its workers are dead.
    assert told == {"before": 16, "after": 8}


def test_metrics_of_the_host_are_there_too(tmp_path) -> None:
    """Metrics that the host keeps in another registry are in the same scrape, once."""
    told = run(
        tmp_path,
        """
calls = Counter("host_calls", "Of the host.")
calls.inc()
worker(calls.inc, 2)
shown = [s.value for s in samples(stack.registry, "host_calls_total")]
tell(shown=shown, entries=[e["value"] for e in stack.metrics.collect() if "host" in e["name"]],
     text=stack.metrics.to_prometheus_text().count("host_calls_total 3.0"))
""",
    )
    assert told == {"shown": [3], "entries": [3], "text": 1}


def test_the_ledger_is_shared_without_a_folder_of_its_own(tmp_path) -> None:
    """Workers share cost and users through the workers' folder when no state folder is set."""
    told = run(
        tmp_path,
        """
def spend():
    with stack.agent("support", user_id="ann"), stack.llm("gpt-4o") as call:
        call.usage(input=1000, output=100)

for _ in range(3):
    worker(spend)
tell(spent=scraped(stack, "agent_daily_cost_usd"), users=scraped(stack, "agent_daily_active_users"))
""",
    )
    assert told == {"spent": pytest.approx(0.0105), "users": 1}


def test_no_exemplar_is_promised_that_no_scrape_shows(tmp_path) -> None:
    """In this mode no span is marked as an exemplar's, as prometheus-client keeps none."""
    told = run(
        tmp_path,
        """
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
stack.shutdown()
spans = InMemorySpanExporter()
stack = create_observability_stack("shop", span_exporter=spans)
with stack.agent("support"):
    pass
stack.flush()
tell(marked=[dict(span.attributes).get("exemplar") for span in spans.get_finished_spans()],
     runs=scraped(stack, "agent_latency_ms_count"))
""",
    )
    assert told == {"marked": [None], "runs": 1}


def test_the_lock_of_all_values_is_free_in_a_forked_worker(tmp_path) -> None:
    """A worker counts though another thread was just writing a value when it was forked."""
    told = run(
        tmp_path,
        """
import inspect, signal, threading
from prometheus_client import values
lock = inspect.getclosurevars(values.ValueClass.inc).nonlocals["lock"]
stack.metrics.inc("tool_calls_total")
held = threading.Event()

def hold():
    with lock:
        held.set()
        done.wait(60)

def count():
    signal.alarm(20)
    stack.metrics.inc("tool_calls_total")

done = threading.Event()
holder = threading.Thread(target=hold)
holder.start()
held.wait(60)
worker(count)
done.set()
holder.join()
tell(calls=scraped(stack, "tool_calls_total"))
""",
    )
    assert told == {"calls": 2}
