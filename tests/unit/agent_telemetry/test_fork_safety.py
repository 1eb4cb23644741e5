"""Forked children: no lock of the parent stops them, nothing is told twice or by both."""

import json
import os
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator

import pytest

from agent_telemetry import ObservabilityStack, Settings, create_observability_stack, fork_safety
from agent_telemetry.log_sampling import SamplingRule
from tests.process.otlp_receiver import OtlpReceiver

pytestmark = pytest.mark.filterwarnings("ignore:.*multi-threaded, use of fork:DeprecationWarning")


def in_child(job: Callable[[], None]) -> int:
    """Run something in a forked child that has 20 seconds; return its exit code."""
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            signal.alarm(20)
            job()
            code = 0
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


@pytest.fixture
def backend() -> Iterator[OtlpReceiver]:
    """Takes the spans."""
    with OtlpReceiver() as receiver:
        yield receiver


@pytest.fixture
def exporting(tmp_path, backend) -> Iterator[ObservabilityStack]:
    """A stack that exports to the backend and logs into a folder."""
    stack = create_observability_stack(
        settings=Settings(
            service_name="test",
            log_dir=tmp_path / "logs",
            log_stdout=False,
            strict=True,
            otlp_traces_endpoint=f"{backend.url}/v1/traces",
        )
    )
    yield stack
    stack.shutdown()


def use(stack: ObservabilityStack, name: str) -> None:
    """Take every lock that an operation takes."""
    with stack.agent(name, tenant_id=name, user_id=name), stack.llm("gpt-4o") as call:
        call.usage(input=10, output=1)
    stack.metrics.inc("agent_created_total")
    stack.metrics.counter("own").inc(labels={"name": name})
    stack.metrics.cache_request("answers", hit=True)
    stack.audit("refund_granted")
    assert stack.ready.report()
    assert stack.metrics.to_prometheus_text()


def test_locks_that_another_thread_held(exporting) -> None:
    """A child works though another thread of the parent held every lock at the fork."""
    use(exporting, "warm")
    requests = exporting.metrics.family("agent_created_total").child()
    theirs = [requests._value._lock, exporting.registry._lock]
    held, done = threading.Event(), threading.Event()

    def hold() -> None:
        taken = [lock for lock in (*fork_safety._locks, *theirs) if lock.acquire(timeout=5)]
        held.set()
        done.wait(60)
        for lock in taken:
            lock.release()

    holder = threading.Thread(target=hold)
    holder.start()
    held.wait(60)
    code = in_child(lambda: use(exporting, "child"))
    done.set()
    holder.join()
    assert code == 0
    use(exporting, "parent")


def test_each_span_is_exported_once_by_its_process(exporting, backend) -> None:
    """Spans that wait at the fork are the parent's; a child opens a connection of its own."""
    use(exporting, "before")
    assert exporting.flush(10)
    use(exporting, "waiting")
    for number in range(3):

        def job(number: int = number) -> None:
            use(exporting, f"child-{number}")
            assert exporting.flush(10)
            exporting.shutdown()

        assert in_child(job) == 0
    use(exporting, "after")
    assert exporting.flush(10)
    names = Counter(span.name for span in backend.spans)
    agents = ["before", "waiting", "child-0", "child-1", "child-2", "after"]
    assert names == {**{f"Agent.{name}": 1 for name in agents}, "chat gpt-4o": 6} or names == {
        **{f"invoke_agent {name}": 1 for name in agents},
        "chat gpt-4o": 6,
    }


def test_each_line_is_in_the_file_of_its_process(exporting, tmp_path) -> None:
    """A child logs into a file of its own, under its own pid; errors of both are in error.jsonl."""
    exporting.logger.info("of the parent")
    pids = []
    reader, writer = os.pipe()

    def job() -> None:
        exporting.logger.error("of a child")
        os.write(writer, f"{os.getpid()}\n".encode())

    for _ in range(2):
        assert in_child(job) == 0
    pids = os.read(reader, 100).decode().split()
    os.close(reader)
    os.close(writer)
    exporting.logger.error("of the parent, later")
    logs = tmp_path / "logs"

    def messages(name: str) -> list[str]:
        lines = (logs / name).read_text("utf-8").splitlines()
        return [json.loads(line)["message"] for line in lines]

    assert messages(f"app-{os.getpid()}.jsonl") == ["of the parent", "of the parent, later"]
    for pid in pids:
        assert messages(f"app-{pid}.jsonl") == ["of a child"]
    assert len(list(logs.glob("app-*.jsonl"))) == 3
    assert Counter(messages("error.jsonl")) == {"of a child": 2, "of the parent, later": 1}


def test_lines_that_sampling_holds_are_the_parents(tmp_path, make_stack) -> None:
    """What was held for a request at the fork is written by the parent alone."""
    rule = SamplingRule(percent=0)
    stack = make_stack(log_sampling=rule)
    reader, writer = os.pipe()
    from agent_telemetry import correlation  # noqa: PLC0415

    with correlation.request_context(request_id="r1"):
        stack.logger.info("held")
        assert in_child(stack.shutdown) == 0
        os.close(writer)
        os.close(reader)
        stack.logger.warning("let go")
    files = list((tmp_path / "logs").glob("app-*.jsonl"))
    assert [path.name for path in files] == [f"app-{os.getpid()}.jsonl"]


IDS = """
import os, sys
from agent_telemetry import create_observability_stack
from agent_telemetry.request_headers import request_id
stack = create_observability_stack("shop")
for _ in range(4):
    if os.fork() == 0:
        with stack.agent("a") as run:
            pass
        ids = [request_id({"headers": []}) for _ in range(200)]
        sys.stdout.write("\\n".join([run.trace_id, run.span_id, *ids]) + "\\n")
        sys.stdout.flush()
        os._exit(0)
for _ in range(4):
    os.wait()
"""


def test_ids_are_unique_over_children() -> None:
    """Children forked at the same moment make different request, trace and span ids."""
    done = subprocess.run(
        [sys.executable, "-c", IDS],
        env={"PATH": os.environ["PATH"], "AGENT_TELEMETRY_LOG_STDOUT": "0"},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    ids = done.stdout.split()
    assert len(ids) == 4 * 202
    assert len(set(ids)) == len(ids)


ENDS = """
import os, sys
from agent_telemetry import create_observability_stack
stack = create_observability_stack("shop")
with stack.agent("parent"):
    pass
if os.fork() == 0:
    with stack.agent("child"):
        pass
    sys.exit(0)
os.wait()
"""


def test_both_deliver_at_their_end_and_nothing_twice(backend) -> None:
    """Parent and child of a fork end by sys.exit: each delivers its own spans, once."""
    subprocess.run(
        [sys.executable, "-c", ENDS],
        env={
            "PATH": os.environ["PATH"],
            "AGENT_TELEMETRY_LOG_STDOUT": "0",
            "OTEL_EXPORTER_OTLP_ENDPOINT": backend.url,
        },
        timeout=60,
        check=True,
    )
    assert Counter(span.name.split()[-1].split(".")[-1] for span in backend.spans) == {
        "parent": 1,
        "child": 1,
    }
