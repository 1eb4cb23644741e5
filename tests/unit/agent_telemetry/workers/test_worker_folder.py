"""One folder, one instance of one service: its workers join, everybody else is refused."""

import multiprocessing
import os
from pathlib import Path

import pytest

from agent_telemetry import ConfigurationError
from agent_telemetry.workers.folder import WorkerFolder
from agent_telemetry.workers.owner import owner_of
from agent_telemetry.workers.process_mark import mark_of
from agent_telemetry.workers.processes import WorkerProcesses
from tests.polling import wait_for
from tests.unit.agent_telemetry.metric_files import another_program, shown, write

#: A program that is at work in a folder until its standard input ends.
AT_WORK = """
import sys
from pathlib import Path
from agent_telemetry.workers.folder import WorkerFolder
folder = WorkerFolder.claim(Path(sys.argv[1]), sys.argv[2])
print("ready", flush=True)
sys.stdin.read()
"""
#: One that forked a worker which outlives it by a moment.
ORPHAN = """
import os, sys, time
from pathlib import Path
from agent_telemetry.workers.folder import WorkerFolder
folder = WorkerFolder.claim(Path(sys.argv[1]), sys.argv[2])
if os.fork() == 0:
    print("ready", flush=True)
    sys.stdin.read()
    time.sleep(1)
    os._exit(0)
os.wait()
"""


def join(path: Path, service: str, answers: "multiprocessing.Queue[object]") -> None:
    """Join as a worker; say who is at work."""
    folder = WorkerFolder.claim(path, service)
    answers.put((os.getpid(), folder.key, set(folder.processes.alive())))


@pytest.mark.filterwarnings("ignore:.*multi-threaded, use of fork:DeprecationWarning")
@pytest.mark.parametrize("method", ["spawn", "fork"])
def test_workers_join(tmp_path, method) -> None:
    """A process of multiprocessing is a worker of the same instance and has the same key."""
    folder = WorkerFolder.claim(tmp_path, "shop")
    context = multiprocessing.get_context(method)
    answers = context.Queue()
    worker = context.Process(target=join, args=(tmp_path, "shop", answers))
    worker.start()
    pid, key, alive = answers.get(timeout=30)
    worker.join(30)
    folder.release()
    assert key == folder.key
    assert alive == {pid, os.getpid()}


def test_another_service_is_refused(tmp_path) -> None:
    """The error names the variable, the folder and who is there."""
    with another_program(AT_WORK, str(tmp_path), "shop") as first:
        with pytest.raises(ConfigurationError) as caught:
            WorkerFolder.claim(tmp_path, "bank")
        assert caught.value.variable == "PROMETHEUS_MULTIPROC_DIR"
        assert str(tmp_path) in str(caught.value)
        assert f"service shop, process {first.pid}" in str(caught.value)


def test_another_instance_of_the_service_is_refused(tmp_path) -> None:
    """Two instances would add up to one: the second is refused while the first lives."""
    with (
        another_program(AT_WORK, str(tmp_path), "shop"),
        pytest.raises(ConfigurationError, match="of its own for each service and each instance"),
    ):
        WorkerFolder.claim(tmp_path, "shop")


def test_what_a_dead_instance_left_is_cleared(tmp_path) -> None:
    """Numbers of a killed instance are not those of the next one."""
    with another_program(AT_WORK, str(tmp_path), "shop") as first:
        write(tmp_path / f"counter_{first.pid}.db", {"calls": 7})
        write(tmp_path / "counter_merged.db", {"calls": 70})
        (tmp_path / "shop.ledger.sqlite3").touch()
    folder = WorkerFolder.claim(tmp_path, "shop")
    folder.release()
    assert shown(tmp_path) == {}
    assert not (tmp_path / "shop.ledger.sqlite3").exists()
    assert WorkerProcesses(tmp_path).alive() == [os.getpid()]


def test_metrics_made_before_the_stack_stay(tmp_path) -> None:
    """Files that this process has open already, or that another living one has, are not cleared."""
    mine = tmp_path / f"counter_{os.getpid()}.db"
    write(mine, {"calls": 1})
    with (
        mine.open("rb"),
        another_program("print('ready', flush=True); input()") as other,
    ):
        write(tmp_path / f"counter_{other.pid}.db", {"calls": 2})
        link = tmp_path / "another-name"
        link.symlink_to(tmp_path)
        WorkerFolder.claim(link, "shop").release()
        assert shown(tmp_path) == {"calls": 3}
        assert mine.exists()


def test_an_earlier_process_of_this_pid(tmp_path) -> None:
    """What is there under this process's pid, but not of it, is swept like a dead worker's."""
    first = WorkerFolder.claim(tmp_path, "shop")
    first.release()
    write(tmp_path / f"counter_{os.getpid()}.db", {"calls": 5})
    write(tmp_path / f"gauge_livesum_{os.getpid()}.db", {"busy": 5})
    WorkerFolder.claim(tmp_path, "shop").release()
    assert shown(tmp_path) == {"calls": 5}
    assert [path.name for path in tmp_path.glob("*.db")] == ["counter_merged.db"]


def test_two_stacks_in_one_process_are_refused(tmp_path) -> None:
    """They would write over each other's numbers; after the first has left, the second may."""
    folder = WorkerFolder.claim(tmp_path, "shop")
    with pytest.raises(ConfigurationError, match="one stack in a process"):
        WorkerFolder.claim(tmp_path, "shop")
    folder.release()
    WorkerFolder.claim(tmp_path, "shop").release()


def test_the_last_workers_of_a_killed_master_are_waited_for(tmp_path) -> None:
    """A restart right after the master was killed waits until its workers are gone."""
    with another_program(ORPHAN, str(tmp_path), "shop") as first:
        first.kill()
        first.wait(10)
        first.stdin.close()
        folder = WorkerFolder.claim(tmp_path, "shop")
        assert folder.processes.alive() == [os.getpid()]
        folder.release()


def test_a_worker_of_another_pid_namespace_is_another_instance(tmp_path, monkeypatch) -> None:
    """Two containers on one volume have the same pids and are still told apart."""
    with another_program(AT_WORK, str(tmp_path), "shop"):
        monkeypatch.setattr("agent_telemetry.workers.owner.namespace", lambda: "pid:[1]")
        with pytest.raises(ConfigurationError):
            WorkerFolder.claim(tmp_path, "shop")


def test_who_is_at_work(tmp_path) -> None:
    """Anybody can see whose folder it is and whether they live, without changing anything."""
    assert owner_of(tmp_path) == (None, False)
    with another_program(AT_WORK, str(tmp_path), "shop") as first:
        owner, lives = owner_of(tmp_path)
        assert (owner.service, owner.first_pid, lives) == ("shop", first.pid, True)
    wait_for(lambda: not owner_of(tmp_path)[1], within=10, what="it is gone", pause=0.01)
    assert owner_of(tmp_path)[0].service == "shop"


def test_a_pid_is_not_taken_for_the_process_that_had_it(tmp_path) -> None:
    """A living process under the pid of a worker that is dead is no worker."""
    with another_program("print('ready', flush=True); input()") as other:
        processes = WorkerProcesses(tmp_path)
        assert processes.is_alive(other.pid)
        (tmp_path / f"agent_telemetry.{other.pid}.process").write_text("1 of-long-ago")
        assert not processes.is_alive(other.pid)
        assert processes.alive() == []
        processes.forget_dead()
        assert list(tmp_path.iterdir()) == []
    assert mark_of(other.pid) is None


def test_a_stack_that_could_not_be_made_is_in_nobodys_way(tmp_path) -> None:
    """After a start that failed for another reason the same process may try again."""
    WorkerFolder.claim(tmp_path, "shop")
    WorkerFolder.claim(tmp_path, "shop").release()
