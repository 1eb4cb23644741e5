"""The pid file of the lite version: it is believed only when the process is really ours."""

import json
import subprocess
import sys

import psutil
import pytest

from commands import lite_process
from commands.lite_process import LiteError, find_lite, pid_file, remember, stop_lite

_WAITS = "import sys; print('up', flush=True); sys.stdin.read()"
_STUBBORN = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN);" + _WAITS


@pytest.fixture
def process():
    """Starts a process whose command line names the lite version or something else."""
    children = []

    def start(name: str, code: str = _WAITS) -> "subprocess.Popen[bytes]":
        words = (sys.executable, "-c", code, name)
        child = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        child.stdout.readline()
        children.append(child)
        return child

    yield start
    for child in children:
        child.kill()
        child.communicate()


def test_own_process_is_found_and_stopped(tmp_path, process):
    """A remembered process is found again, ends on stop, and its pid file goes with it."""
    child = process(lite_process.MODULE)
    remember(child.pid, 8000, tmp_path)
    lite = find_lite(tmp_path)
    assert lite.pid == child.pid
    assert stop_lite(lite) is True
    assert not psutil.pid_exists(child.pid) or child.poll() is not None
    assert find_lite(tmp_path) is None
    assert not pid_file(tmp_path).exists()


def test_stubborn_process_is_ended_by_force(tmp_path, process, monkeypatch):
    """A process that ignores SIGTERM is killed, and that is told."""
    monkeypatch.setattr(lite_process, "STOPPED_WITHIN_SECONDS", 0.5)
    child = process(lite_process.MODULE, _STUBBORN)
    assert stop_lite(remember(child.pid, 8000, tmp_path)) is False
    assert not psutil.pid_exists(child.pid)


def test_pid_of_another_program_is_not_touched(tmp_path, process):
    """A pid that now belongs to another program is forgotten, never ended."""
    child = process("another.program")
    remember(child.pid, 8000, tmp_path)
    assert find_lite(tmp_path) is None
    assert child.poll() is None


def test_pid_that_was_used_again_is_not_touched(tmp_path, process):
    """The same pid and program, but born at another time, is not ours."""
    child = process(lite_process.MODULE)
    remember(child.pid, 8000, tmp_path)
    content = json.loads(pid_file(tmp_path).read_text())
    content["create_time"] -= 3600
    pid_file(tmp_path).write_text(json.dumps(content))
    assert find_lite(tmp_path) is None
    assert child.poll() is None


@pytest.mark.parametrize("content", ["", "{", "[]", '{"pid": 1}', "12345"])
def test_broken_pid_file_means_nothing_runs(tmp_path, content):
    """A pid file that cannot be read is no process and no crash."""
    pid_file(tmp_path).write_text(content)
    assert find_lite(tmp_path) is None


def test_early_death_is_told_with_its_last_lines(tmp_path, monkeypatch, unused_port):
    """A lite version that ends at once is told with exit code and output; nothing is left."""
    monkeypatch.setattr(lite_process, "MODULE", "commands.no_such_module")
    with pytest.raises(LiteError, match=r"(?s)ended early with exit code 1.*no_such_module"):
        lite_process.start_lite(unused_port, tmp_path)
    assert not pid_file(tmp_path).exists()


def test_busy_port_names_the_variable(tmp_path, held_port):
    """A busy port is refused before anything starts, naming APP_PORT."""
    with pytest.raises(LiteError, match=f"APP_PORT={held_port}: in use by"):
        lite_process.start_lite(held_port, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_user_variables_reach_lite_but_not_host_and_port(tmp_path, monkeypatch):
    """What the user set is handed on; a HOST of the shell's own is not taken for ours."""
    monkeypatch.setenv("HOST", "my-laptop")
    monkeypatch.setenv("LLM_MODEL", "gpt-4o")
    monkeypatch.delenv("BIND_ADDRESS", raising=False)
    found = lite_process.lite_environment(8123, tmp_path)
    assert (found["HOST"], found["PORT"], found["LLM_MODEL"]) == ("127.0.0.1", "8123", "gpt-4o")
    assert found["AGENT_TELEMETRY_LOG_DIR"] == str(tmp_path / "logs")
