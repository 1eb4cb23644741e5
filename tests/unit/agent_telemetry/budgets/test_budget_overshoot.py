"""A budget of one dollar, 50 agents at once in 4 processes: how far it is overshot, at most."""

import multiprocessing
import threading
from pathlib import Path
from typing import Any

import pytest

from agent_telemetry import BudgetExceeded, Settings, create_observability_stack
from agent_telemetry.prices.pricing import UNITS_PER_USD

WORKERS = 4
AGENTS = 50
LIMIT_USD = 1.0
#: 1000 prompt tokens of gpt-4o.
CALL_USD = 0.0025
PERCENTS = ("50", "80", "95", "100")


def run_worker(folder: Path, number: int, agents: int, results: Any) -> None:
    """Run agents at once until the budget refuses each; tell calls made and warnings given."""
    stack = create_observability_stack(
        settings=Settings(
            service_name="svc",
            state_dir=folder,
            log_dir=folder / f"logs-{number}",
            log_stdout=False,
            strict=True,
        )
    )
    stack.budget("dollar", limit_usd=LIMIT_USD, mode="block")
    made = [0] * agents

    def agent(index: int) -> None:
        try:
            while True:
                with stack.agent("support"), stack.llm("gpt-4o") as call:
                    call.usage(input=1000, output=0)
                made[index] += 1
                # One call, then the interval after which the other workers know of it.
                assert stack.ledger.flush(30)
        except BudgetExceeded:
            pass

    threads = [threading.Thread(target=agent, args=(index,)) for index in range(agents)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    stack.shutdown()
    read = stack.registry.get_sample_value
    warned = {
        percent: read(
            "agent_budget_warnings_total", {"budget": "dollar", "window": "day", "percent": percent}
        )
        for percent in PERCENTS
    }
    blocked = read("agent_budget_blocked_total", {"budget": "dollar", "window": "day"})
    results.put((sum(made), warned, blocked))


def test_overshoot_is_what_is_under_way(tmp_path: Path) -> None:
    """The limit is passed by one call per worker at most; each warning comes once in all."""
    context = multiprocessing.get_context("spawn")
    results = context.Queue()
    shares = [AGENTS // WORKERS + (number < AGENTS % WORKERS) for number in range(WORKERS)]
    workers = [
        context.Process(target=run_worker, args=(tmp_path, number, share, results))
        for number, share in enumerate(shares)
    ]
    for worker in workers:
        worker.start()
    found = [results.get(timeout=90) for _ in workers]
    for worker in workers:
        worker.join(30)
        assert worker.exitcode == 0
    made = sum(each[0] for each in found)
    # All calls cost the same here, so what is under way is known (`Budgets`).
    assert LIMIT_USD <= made * CALL_USD <= LIMIT_USD + WORKERS * CALL_USD + 1e-9
    assert {p: sum(each[1][p] for each in found) for p in PERCENTS} == dict.fromkeys(PERCENTS, 1)
    assert sum(each[2] for each in found) == AGENTS
    stack = create_observability_stack(
        settings=Settings(service_name="svc", state_dir=tmp_path, log_stdout=False)
    )
    assert stack.ledger.spent_today() / UNITS_PER_USD == pytest.approx(made * CALL_USD)
    stack.shutdown()
