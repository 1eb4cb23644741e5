"""Several processes, one ledger: nothing lost, nothing twice, no thread taken for alive."""

import multiprocessing
import os
from pathlib import Path

import pytest

from agent_telemetry import Metrics
from agent_telemetry.guard import Guard
from agent_telemetry.ledger.ledger import Ledger
from tests.polling import wait_for

pytestmark = pytest.mark.filterwarnings("ignore:.*multi-threaded, use of fork:DeprecationWarning")

ROUNDS = 300


def open_ledger(path: Path | None) -> Ledger:
    """Open a ledger as a worker does."""
    return Ledger(path, metrics=Metrics(), guard=Guard(strict=True), interval=0.02)


def work(path: Path, worker: int, barrier: "multiprocessing.Barrier") -> None:
    """Spend and see users, in many small batches."""
    ledger = open_ledger(path)
    barrier.wait(30)
    for number in range(ROUNDS):
        ledger.spend(1_000_003, model="gpt-4o", tenant_id=f"t{worker}", user_id=f"u{number % 7}")
        ledger.seen(f"u{number % 7}")
        ledger.seen(f"only-{worker}")
        if number % 20 == 0:
            assert ledger.flush(20)
    ledger.close(20)


def in_child(job) -> int:
    """Run something in a forked child; return its exit code."""
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            job()
            code = 0
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


@pytest.mark.parametrize("method", ["spawn", "fork"])
def test_two_processes_write_one_file(tmp_path, method) -> None:
    """Two workers that write at once add up to the last unit, and share their users."""
    path = tmp_path / "a.ledger.sqlite3"
    context = multiprocessing.get_context(method)
    barrier = context.Barrier(2)
    workers = [context.Process(target=work, args=(path, n, barrier)) for n in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
        assert worker.exitcode == 0
    ledger = open_ledger(path)
    assert ledger.spent_today() == 2 * ROUNDS * 1_000_003
    assert ledger.spent("tenant") == dict.fromkeys(("t0", "t1"), ROUNDS * 1_000_003 / 1e12)
    assert ledger.active_users() == (9, 9)
    ledger.close(5)


def test_workers_show_the_same_number(tmp_path) -> None:
    """What one worker spent, the other shows within a flush interval."""
    one, two = open_ledger(tmp_path / "a.sqlite3"), open_ledger(tmp_path / "a.sqlite3")
    one.spend(40, model="gpt-4o")
    two.spend(2, model="gpt-4o")
    for ledger in (one, two):
        wait_for(lambda ledger=ledger: ledger.spent_today() == 42, within=10, what="42", pause=0.01)
        ledger.close(5)


def test_a_forked_process_books_for_itself(tmp_path) -> None:
    """After a fork with money pending, parent and child write each their own, once."""
    ledger = open_ledger(tmp_path / "a.sqlite3")
    ledger.spend(1, model="gpt-4o")
    assert ledger.flush(5)
    ledger.spend(10, model="gpt-4o", user_id="ann")
    ledger.seen("ann")

    def child() -> None:
        ledger.spend(100, model="gpt-4o")
        assert ledger.flush(10)
        ledger.close(10)

    assert in_child(child) == 0
    ledger.spend(1000, model="gpt-4o")
    assert ledger.flush(10)
    assert ledger.spent("model", seconds=10) == {"gpt-4o": 1111e-12}
    assert ledger.active_users() == (1, 1)
    ledger.close(5)


def test_a_fork_while_another_thread_writes(tmp_path) -> None:
    """Forks in the midst of writing leave a sound file that parent and children go on using."""
    ledger = open_ledger(tmp_path / "a.sqlite3")
    for number in range(20):
        ledger.spend(1, model=f"m{number}")

        def child(number: int = number) -> None:
            ledger.spend(1, model=f"m{number}")
            assert ledger.flush(20)

        assert in_child(child) == 0
    assert ledger.flush(20)
    assert ledger.spent("model", seconds=10) == {f"m{n}": 2e-12 for n in range(20)}
    ledger.close(5)


def test_in_memory_each_process_has_its_own(tmp_path) -> None:
    """Without a folder a forked process starts with an empty ledger, and the parent keeps its."""
    ledger = open_ledger(None)
    ledger.spend(5, model="gpt-4o")
    assert ledger.flush(5)

    def child() -> None:
        ledger.spend(7, model="gpt-4o")
        assert ledger.flush(10)
        assert ledger.spent("model", seconds=10) == {"gpt-4o": 7e-12}

    assert in_child(child) == 0
    assert ledger.spent("model") == {"gpt-4o": 5e-12}
    assert not ledger.durable
    ledger.close(5)
