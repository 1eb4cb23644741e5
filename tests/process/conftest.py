"""The lite version as a process of its own, for tests that end it."""

import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from commands.checkout import ROOT
from commands.lite_process import lite_environment
from tests.polling import wait_for


def a_free_port() -> int:
    """Return a port on which nothing listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def free_port() -> int:
    """A port on which nothing listens."""
    return a_free_port()


class Lite:
    """A lite version that a test started.

    Args:
        child: its process.
        port: where it answers.
        directory: where its logs and state are.
    """

    def __init__(self, child: "subprocess.Popen[bytes]", port: int, directory: Path) -> None:
        self.child = child
        self.port = port
        self.directory = directory
        self.http = httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=30)

    def ready(self) -> bool:
        """Return whether it is ready; fail if it ended."""
        code = self.child.poll()
        if code is not None:
            pytest.fail(f"it ended with {code}:\n{self.output()[-3000:]}")
        return self.http.get("/ready").is_success

    def output(self) -> str:
        """Return what it printed."""
        return (self.directory / "output.txt").read_text(encoding="utf-8", errors="replace")


@contextmanager
def lites(directory: Path, port: int) -> Iterator[Callable[..., Lite]]:
    """Give what starts a lite version with further variables; end all it started, come what may.

    Args:
        directory: where their logs and state are.
        port: where they answer, one after the other.
    """
    started: list[Lite] = []

    def begin(**variables: str) -> Lite:
        environment = {**os.environ, **lite_environment(port, directory), **variables}
        with (directory / "output.txt").open("ab") as output:
            child = subprocess.Popen(
                (sys.executable, "-m", "example_app.lite"),
                cwd=ROOT,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        lite = Lite(child, port, directory)
        started.append(lite)
        wait_for(lite.ready, within=60, what="lite is ready")
        return lite

    try:
        yield begin
    finally:
        for lite in started:
            lite.http.close()
            if lite.child.poll() is None:
                lite.child.kill()
            lite.child.wait(timeout=10)


@pytest.fixture
def start(tmp_path: Path, free_port: int) -> Iterator[Callable[..., Lite]]:
    """Starts a lite version with further variables; ends it after the test."""
    with lites(tmp_path, free_port) as begin:
        yield begin
