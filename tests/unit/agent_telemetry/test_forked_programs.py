"""Programs that fork: what each of their processes tells, and delivers at its end."""

import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator

import pytest

from tests.process.otlp_receiver import OtlpReceiver


@pytest.fixture
def backend() -> Iterator[OtlpReceiver]:
    """Takes the spans."""
    with OtlpReceiver() as receiver:
        yield receiver


def agents(backend: OtlpReceiver) -> Counter[str]:
    """Return how many spans of each agent have arrived."""
    named = (span.tags.get("gen_ai.agent.name") for span in backend.spans)
    return Counter(name for name in named if name)


IDS = """
import os, sys
from agent_telemetry import create_observability_stack
from agent_telemetry.asgi.request_headers import request_id
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
    assert agents(backend) == {"parent": 1, "child": 1}


PROCESSES = """
import multiprocessing, sys
from agent_telemetry import create_observability_stack
stack = create_observability_stack("shop")

def work():
    with stack.agent("child"):
        pass

if __name__ == "__main__":
    process = multiprocessing.get_context(sys.argv[1]).Process(target=work)
    process.start()
    process.join()
    sys.exit(process.exitcode)
"""


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_a_process_of_multiprocessing_delivers_at_its_end(method, tmp_path, backend) -> None:
    """It calls no handler of atexit, and still delivers what it told."""
    program = tmp_path / "program.py"
    program.write_text(PROCESSES, "utf-8")
    subprocess.run(
        [sys.executable, str(program), method],
        env={
            "PATH": os.environ["PATH"],
            "AGENT_TELEMETRY_LOG_STDOUT": "0",
            "OTEL_EXPORTER_OTLP_ENDPOINT": backend.url,
        },
        timeout=60,
        check=True,
    )
    assert agents(backend) == {"child": 1}
