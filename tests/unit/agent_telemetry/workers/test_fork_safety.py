"""Forked children: no lock of the parent stops them, nothing is told twice or by both."""

import json
import os
import signal
import threading
from collections import Counter
from collections.abc import Callable, Iterator

import pytest

from agent_telemetry import (
    ObservabilityStack,
    Settings,
    correlation,
    create_observability_stack,
)
from agent_telemetry.logs.sampling import SamplingRule
from agent_telemetry.metrics.pushgateway import Pushgateway
from agent_telemetry.metrics.server import MetricsServer
from agent_telemetry.workers import fork_safety
from tests.process.otlp_receiver import OtlpReceiver
from tests.scrape import scraped

pytestmark = pytest.mark.filterwarnings("ignore:.*multi-threaded, use of fork:DeprecationWarning")


def fork(job: Callable[[], None]) -> int:
    """Run something in a forked child that has 20 seconds; return its pid."""
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            signal.alarm(20)
            job()
            code = 0
        finally:
            os._exit(code)
    return pid


def ended(pid: int) -> int:
    """Wait for a child; return its exit code."""
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def in_child(job: Callable[[], None]) -> int:
    """Run something in a forked child to its end; return its exit code."""
    return ended(fork(job))


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


def agents(backend: OtlpReceiver) -> Counter[str]:
    """Return how many spans of each agent have arrived."""
    named = (span.tags.get("gen_ai.agent.name") for span in backend.spans)
    return Counter(name for name in named if name)


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

    def work(name: str) -> None:
        for _ in range(10):
            use(exporting, name)
            assert exporting.flush(10)

    children = [fork(lambda number=number: work(f"child-{number}")) for number in range(3)]
    work("after")
    assert [ended(child) for child in children] == [0, 0, 0]
    names = ["child-0", "child-1", "child-2", "after"]
    assert agents(backend) == {"before": 1, "waiting": 1, **dict.fromkeys(names, 10)}
    assert backend.connections == 4


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
    stack = make_stack(log_sampling=SamplingRule(percent=0))
    bound = correlation.enter(correlation.RequestContext(request_id="r1"))
    stack.logger.info("held")
    assert in_child(stack.shutdown) == 0
    stack.logger.warning("let go")
    correlation.leave(bound)
    (file,) = (tmp_path / "logs").glob("app-*.jsonl")
    messages = [json.loads(line)["message"] for line in file.read_text("utf-8").splitlines()]
    assert (file.name, messages) == (f"app-{os.getpid()}.jsonl", ["held", "let go"])


def test_a_child_does_not_keep_the_port_of_the_metrics_server(exporting) -> None:
    """The port is free once the parent has stopped, although a child lives on; both can stop."""
    server = MetricsServer(exporting, 0)
    reader, writer = os.pipe()
    stopped, tell = os.pipe()

    def job() -> None:
        server.stop()
        os.write(tell, b"x")
        os.read(reader, 1)

    child = fork(job)
    # Not before: a child that has only just begun holds what it was born with.
    assert os.read(stopped, 1) == b"x"
    server.stop()
    MetricsServer(exporting, server.port).stop()
    os.write(writer, b"x")
    assert ended(child) == 0
    for end in (reader, writer, stopped, tell):
        os.close(end)


def test_a_child_pushes_for_itself(exporting) -> None:
    """After a push of the parent a child's push is tried by a thread of its own."""
    gateway = Pushgateway(exporting, "http://127.0.0.1:9", job="nightly", timeout_seconds=1)
    failures = "telemetry_export_failures_total"
    gateway.push()
    gateway.flush(10)
    assert scraped(exporting, failures, signal="metrics") == 1

    def job() -> None:
        gateway.push()
        gateway.close(10)
        assert scraped(exporting, failures, signal="metrics") == 2

    assert in_child(job) == 0
    gateway.close(10)
