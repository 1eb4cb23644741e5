"""A service of several workers that a test started, and what it says about itself."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import httpx
import orjson
import psutil
from prometheus_client.parser import text_string_to_metric_families

from commands.checkout import ROOT
from tests.polling import wait_for

#: Where uvicorn and gunicorn are.
PROGRAMS = Path(sys.executable).parent
APP = "tests.process.worker_app:app"
UVICORN = ("uvicorn", "--log-level", "warning", "--workers")
GUNICORN = ("gunicorn", "--log-level", "warning", "-k", "asgi", "--graceful-timeout", "5", "-w")


class WorkerService:
    """A running service.

    Args:
        child: its first process.
        port: where it answers.
        directory: where its files are.
    """

    def __init__(self, child: "subprocess.Popen[bytes]", port: int, directory: Path) -> None:
        self.child = child
        self.url = f"http://127.0.0.1:{port}"
        self.directory = directory

    def answers(self) -> bool:
        """Return whether it answers; fail if it ended."""
        assert self.child.poll() is None, self.output()[-3000:]
        return httpx.get(f"{self.url}/health").is_success

    def work(self, count: int, *, users: int = 10) -> list[int]:
        """Send requests, each over a connection of its own; return who answered."""
        # Without keeping connections, so that any worker may get any request.
        limits = httpx.Limits(max_keepalive_connections=0)
        with httpx.Client(base_url=self.url, limits=limits, timeout=30) as client:

            def one(number: int) -> int:
                for _ in range(3):  # a worker that is being replaced may close a new connection
                    try:
                        answer = client.post("/work", params={"user": f"u{number % users}"})
                    except (httpx.RemoteProtocolError, httpx.ReadError):
                        continue
                    answer.raise_for_status()
                    return int(answer.json()["pid"])
                raise AssertionError("no answer")

            with ThreadPoolExecutor(8) as pool:
                return list(pool.map(one, range(count)))

    def scrape(self) -> dict[str, float]:
        """Return what a scrape shows, answered by any worker: name → sum over its labels."""
        answer = httpx.get(f"{self.url}/metrics", timeout=30)
        answer.raise_for_status()
        found: dict[str, float] = {}
        for family in text_string_to_metric_families(answer.text):
            for sample in family.samples:
                found[sample.name] = found.get(sample.name, 0) + sample.value
        return found

    def log_lines(self) -> list[tuple[str, dict[str, object]]]:
        """Return the shipped records and the file of each."""
        return [
            (path.name, orjson.loads(line))
            for path in (self.directory / "logs").glob("app-*.jsonl*")
            for line in path.read_bytes().splitlines()
        ]

    def output(self) -> str:
        """Return what it printed."""
        return (self.directory / "output.txt").read_text(encoding="utf-8", errors="replace")

    def end(self, *, within: float = 15) -> None:
        """Stop it as an operator does, and wait for its workers."""
        family = psutil.Process(self.child.pid).children(recursive=True)
        self.child.send_signal(signal.SIGTERM)
        self.child.wait(within)
        psutil.wait_procs(family, timeout=within)


def environment(directory: Path, **variables: str) -> dict[str, str]:
    """Return the variables of a service that writes below a directory; "" takes one away."""
    shared = directory / "workers"
    shared.mkdir(parents=True, exist_ok=True)
    kept = {key: os.environ[key] for key in ("PATH", "HOME") if key in os.environ}
    found = {
        **kept,
        "PYTHONPATH": str(ROOT),
        "PROMETHEUS_MULTIPROC_DIR": str(shared),
        "AGENT_TELEMETRY_LOG_DIR": str(directory / "logs"),
        "AGENT_TELEMETRY_LOG_STDOUT": "0",
        "AGENT_TELEMETRY_STRICT": "1",
        **variables,
    }
    return {name: value for name, value in found.items() if value}


@contextmanager
def service(
    command: Sequence[str], port: int, directory: Path, **variables: str
) -> Iterator[WorkerService]:
    """Start a service; end it and all its workers afterwards, come what may.

    Args:
        command: a program of the environment and its arguments; the app is added.
        port: where it is to answer.
        directory: where its files go.
        **variables: more variables.
    """
    bind = ["--port", str(port)] if command[0] == "uvicorn" else ["-b", f"127.0.0.1:{port}"]
    directory.mkdir(parents=True, exist_ok=True)
    with (directory / "output.txt").open("ab") as output:
        child = subprocess.Popen(
            [PROGRAMS / command[0], *command[1:], *bind, APP],
            cwd=ROOT,
            env=environment(directory, **variables),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    running = WorkerService(child, port, directory)
    try:
        wait_for(running.answers, within=40, what="the service answers", pause=0.1)
        yield running
    finally:
        left = [*psutil.Process(child.pid).children(recursive=True)] if child.poll() is None else []
        for process in (*left, child):
            try:
                process.kill()
            except (psutil.NoSuchProcess, ProcessLookupError):
                continue
        child.wait(10)
