"""The lite version as a process of its own, for tests that end it."""

import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from commands.checkout import ROOT
from commands.lite_process import lite_environment
from tests.polling import wait_for


@pytest.fixture
def free_port() -> int:
    """A port on which nothing listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Lite:
    """A lite version that a test started.

    Args:
        child: its process.
        url: where it answers.
        directory: where its logs and state are.
    """

    def __init__(self, child: "subprocess.Popen[bytes]", url: str, directory: Path) -> None:
        self.child = child
        self.directory = directory
        self.http = httpx.Client(base_url=url, timeout=30)

    def ready(self) -> bool:
        """Return whether it is ready; fail if it ended."""
        code = self.child.poll()
        output = self.directory / "output.txt"
        if code is not None:
            pytest.fail(f"it ended with {code}:\n{output.read_text(encoding='utf-8')[-3000:]}")
        return self.http.get("/ready").is_success


@pytest.fixture
def start(tmp_path: Path, free_port: int) -> Iterator[Callable[..., Lite]]:
    """Starts a lite version with further variables; ends it, come what may."""
    started: list[Lite] = []

    def begin(**variables: str) -> Lite:
        environment = {**os.environ, **lite_environment(free_port, tmp_path), **variables}
        with (tmp_path / "output.txt").open("ab") as output:
            child = subprocess.Popen(
                (sys.executable, "-m", "example_app.lite"),
                cwd=ROOT,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        lite = Lite(child, f"http://127.0.0.1:{free_port}", tmp_path)
        started.append(lite)
        wait_for(lite.ready, within=60, what="lite is ready")
        return lite

    yield begin
    for lite in started:
        lite.http.close()
        if lite.child.poll() is None:
            lite.child.kill()
        lite.child.wait(timeout=10)
