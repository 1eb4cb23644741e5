"""Budgets over several workers, restarts and a database that fails."""

import multiprocessing
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from agent_telemetry import BudgetExceeded, Settings, create_observability_stack
from tests.polling import wait_for

pytestmark = pytest.mark.filterwarnings("ignore:.*multi-threaded, use of fork:DeprecationWarning")

CALL_USD = 0.0025
LIMIT_CALLS = 100


def build(folder: Path, worker: str = "one"):
    """Build a worker's stack with a budget of 100 calls a day."""
    stack = create_observability_stack(
        settings=Settings(
            service_name="svc",
            state_dir=folder,
            log_dir=folder / f"logs-{worker}",
            log_stdout=False,
            strict=True,
        )
    )
    stack.budget("day", limit_usd=CALL_USD * LIMIT_CALLS, mode="block")
    return stack


def call_model(stack, calls: int = 1) -> None:
    """Call a model some times."""
    for _ in range(calls):
        with stack.llm("gpt-4o") as call:
            call.usage(input=1000, output=0)


def warnings_given(stack) -> float:
    """Return how many warnings this worker gave."""
    return sum(
        stack.registry.get_sample_value(
            "agent_budget_warnings_total", {"budget": "day", "window": "day", "percent": percent}
        )
        for percent in ("50", "80", "95", "100")
    )


def work(folder: Path, worker: str, results: "multiprocessing.Queue") -> None:
    """Call until the budget refuses."""
    stack = build(folder, worker)
    made = 0
    try:
        while True:
            call_model(stack)
            made += 1
            assert stack.ledger.flush(20)
    except BudgetExceeded:
        pass
    stack.shutdown()
    results.put((made, warnings_given(stack)))


@pytest.mark.parametrize("method", ["spawn", "fork"])
def test_workers_share_a_budget_and_warn_once(tmp_path, method) -> None:
    """Two processes stop at the common limit, and each share is warned of once in all."""
    context = multiprocessing.get_context(method)
    results = context.Queue()
    workers = [
        context.Process(target=work, args=(tmp_path, f"worker-{n}", results)) for n in range(2)
    ]
    for worker in workers:
        worker.start()
    found = [results.get(timeout=90) for _ in workers]
    for worker in workers:
        worker.join(30)
        assert worker.exitcode == 0
    made, warnings = sum(each[0] for each in found), sum(each[1] for each in found)
    stack = build(tmp_path)
    assert stack.ledger.spent_today() == made * 2_500_000_000
    assert made >= LIMIT_CALLS
    assert warnings == 4
    with pytest.raises(BudgetExceeded):
        call_model(stack)
    stack.shutdown()


def test_what_another_worker_spends_counts_within_an_interval(tmp_path) -> None:
    """A worker that has looked at its budget before learns that another has spent it."""
    one, two = build(tmp_path, "one"), build(tmp_path, "two")
    call_model(one)
    call_model(two, LIMIT_CALLS - 1)
    assert two.ledger.flush(5)

    def refused() -> bool:
        try:
            with one.llm("gpt-4o"):
                return False
        except BudgetExceeded:
            return True

    wait_for(refused, within=20, what="the call is refused", pause=0.05)
    one.shutdown()
    two.shutdown()


def test_a_restart_neither_forgets_nor_repeats(tmp_path) -> None:
    """After a restart a spent budget refuses the first call, and warns of nothing again."""
    before = build(tmp_path)
    call_model(before, LIMIT_CALLS)
    before.shutdown()
    assert warnings_given(before) == 4
    after = build(tmp_path)
    with pytest.raises(BudgetExceeded):
        call_model(after)
    after.ledger.spend(1, model="gpt-4o")
    after.shutdown()
    assert warnings_given(after) == 0


def test_a_locked_database_does_not_open_the_budget(tmp_path) -> None:
    """While the database is locked, what this process spends still counts against its budget."""
    stack = build(tmp_path)
    call_model(stack)
    assert stack.ledger.flush(5)
    with closing(sqlite3.connect(tmp_path / "svc.ledger.sqlite3", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        call_model(stack, LIMIT_CALLS - 1)
        with pytest.raises(BudgetExceeded):
            call_model(stack)
        other.execute("ROLLBACK")
    stack.shutdown()


def test_a_file_that_fails_does_not_open_the_budget(tmp_path) -> None:
    """When the file is given up, the budget goes on from where it was."""
    stack = build(tmp_path)
    call_model(stack, LIMIT_CALLS - 1)
    assert stack.ledger.flush(5)
    stack.ledger._writer.ask(lambda store: store._db.execute("PRAGMA query_only = 1"), 5)
    call_model(stack)
    assert stack.ledger.flush(5)
    assert not stack.ledger.durable
    with pytest.raises(BudgetExceeded):
        call_model(stack)
    stack.shutdown()
