"""Which processes belong together, and which pid is which process."""

import os
import subprocess
import sys

import psutil
import pytest

from agent_telemetry.workers.process_mark import _works_for, line_of_service, mark_of


class Process:
    """A process that shows a command line."""

    def __init__(self, *command: str) -> None:
        self._command = command

    def cmdline(self) -> list[str]:
        """Return it, as psutil does."""
        if "hidden" in self._command:
            raise psutil.AccessDenied
        return list(self._command)


SPAWN = ("python", "-c", "from multiprocessing.spawn import spawn_main; spawn_main()", "--x")
SERVER = ("python", "-c", "from multiprocessing.forkserver import main; main()")


@pytest.mark.parametrize(
    ("below", "above", "together"),
    [
        (("gunicorn", "app:app"), ("gunicorn", "app:app"), True),
        (SPAWN, ("uvicorn", "app:app"), True),
        (SERVER, ("python", "jobs.py"), True),
        (("gunicorn: worker [app]",), ("gunicorn: master [app]",), True),
        (("python", "app.py"), ("bash",), False),
        (("python", "app.py"), ("python", "other.py"), False),
        (("python", "app.py"), ("hidden",), False),
        ((), (), False),
    ],
)
def test_who_works_for_whom(below, above, together) -> None:
    """Forked, spawned and renamed workers belong to their master; a shell is nobody's master."""
    assert _works_for(Process(*below), Process(*above)) is together


def test_a_program_begins_with_itself() -> None:
    """What another program starts is an instance of its own."""
    code = (
        "from agent_telemetry.workers.process_mark import line_of_service; print(line_of_service())"
    )
    child = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    printed, _ = child.communicate(timeout=30)
    assert printed.strip() == f"[{child.pid}]"
    assert line_of_service()[0] == os.getpid()


def test_a_zombie_is_dead() -> None:
    """A process that has ended and was not waited for has no mark; a living one always the same."""
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.read(reader, 1)
        os._exit(0)
    assert mark_of(pid) == mark_of(pid) != mark_of(os.getpid())
    os.write(writer, b"x")
    os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
    assert mark_of(pid) is None
    os.waitpid(pid, 0)
    assert mark_of(pid) is None
    os.close(reader)
    os.close(writer)
