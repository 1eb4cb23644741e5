"""A master of gunicorn that is replaced while the service goes on: the numbers go on too."""

import signal
from pathlib import Path

import psutil
import pytest

from tests.polling import wait_for
from tests.process.worker_service import GUNICORN, WorkerService, service


def workers(master: psutil.Process) -> set[int]:
    """Return the pids of a master's workers, as they entered the folder of the service."""
    return {each.pid for each in master.children()}


def counted(running: WorkerService, calls: int) -> None:
    """Check that a scrape shows so many calls."""
    assert running.scrape()["agent_requests_total"] == calls


def number_in(file: Path) -> int:
    """Return the pid in a file, 0 while there is none."""
    text = file.read_text("utf-8").strip() if file.exists() else ""
    return int(text or 0)


@pytest.mark.parametrize("extra", [(), ("--preload",)], ids=["spawned", "preload"])
def test_a_new_master_takes_over(extra, tmp_path, free_port) -> None:
    """SIGUSR2 makes a second master; the first one ends, and SIGHUP replaces the new workers."""
    file = tmp_path / "pid"
    with service((*GUNICORN, "2", "--pid", str(file), *extra), free_port, tmp_path) as running:
        running.work(20)
        running.child.send_signal(signal.SIGUSR2)
        found = wait_for(
            lambda: number_in(tmp_path / "pid.2"), within=20, what="a new master", pause=0.1
        )
        master = psutil.Process(found)
        try:
            wait_for(lambda: len(workers(master)) == 2, within=20, what="its workers", pause=0.1)
            running.work(20)
            counted(running, 40)
            running.child.send_signal(signal.SIGQUIT)
            running.child.wait(20)
            running.work(20)
            counted(running, 60)
            before = workers(master)
            master.send_signal(signal.SIGHUP)
            wait_for(
                lambda: len(workers(master)) == 2 and not workers(master) & before,
                within=20,
                what="other workers",
                pause=0.1,
            )
            answered: list[int] = []

            def only_new() -> bool:
                answered.extend(running.work(5))
                return not {*answered[-5:]} & before

            wait_for(only_new, within=20, what="answers of the new workers", pause=0.1)
            counted(running, 60 + len(answered))
        finally:
            for process in (*master.children(recursive=True), master):
                process.kill()
