"""A ledger whose database fails: the host never notices, and is told what was lost."""

import os
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from agent_telemetry import ObservabilityStack
from agent_telemetry.prices.pricing import UNITS_PER_USD

NAME = "test-agent.ledger.sqlite3"


def cost_today(stack: ObservabilityStack) -> int:
    """Read the day's cost as a scrape would, in units."""
    return round(stack.registry.get_sample_value("agent_daily_cost_usd") * UNITS_PER_USD)


def dropped(stack: ObservabilityStack, reason: str) -> float:
    """Read how much of the ledger was given up."""
    labels = {"signal": "ledger", "reason": reason}
    return stack.registry.get_sample_value("telemetry_dropped_total", labels)


def spend(stack: ObservabilityStack, amount: int) -> None:
    """Book an amount."""
    stack.ledger.spend(amount, model="gpt-4o", user_id="ann", tenant_id="acme")


def warnings(log_lines: Any) -> list[dict[str, Any]]:
    """Return the warnings that the file cannot be used."""
    return [line for line in log_lines() if line.get("event") == "ledger_in_memory"]


def damage(folder: Path) -> None:
    """Write a file that is no database."""
    folder.mkdir()
    (folder / NAME).write_bytes(b"this is no database, whatever its name says" * 100)


def later_version(folder: Path) -> None:
    """Write a database of a later version of the library."""
    folder.mkdir()
    with closing(sqlite3.connect(folder / NAME)) as file:
        file.execute("PRAGMA user_version = 999")


def no_folder(folder: Path) -> None:
    """Put a file where the folder should be."""
    folder.write_text("not a folder")


def no_wal(folder: Path) -> None:
    """Make it impossible to write the file next to the database."""
    (folder / (NAME + "-wal")).mkdir(parents=True)


@pytest.mark.parametrize("spoil", [damage, later_version, no_folder, no_wal])
def test_a_file_that_cannot_be_used_is_done_without(make_stack, tmp_path, log_lines, spoil) -> None:
    """Numbers are kept in memory, one warning is written, one loss counted; /ready stays as is."""
    spoil(tmp_path / "state")
    stack = make_stack(state_dir=tmp_path / "state")
    for _ in range(3):
        spend(stack, 1000)
        stack.ledger.seen("ann")
        assert stack.ledger.flush(30)
    assert cost_today(stack) == 3000
    assert stack.registry.get_sample_value("agent_daily_active_users") == 1
    assert dropped(stack, "write_failed") == 1
    assert len(warnings(log_lines)) == 1
    assert not stack.ledger.durable
    assert all(stack.ready.report().values())


def test_a_file_of_another_user_is_done_without(
    make_stack, tmp_path, log_lines, monkeypatch
) -> None:
    """A file that the system refuses to open for writing is done without."""

    def refuse(path: Any, flags: int, mode: int = 0o777) -> int:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(os, "open", refuse)
    stack = make_stack(state_dir=tmp_path / "state")
    spend(stack, 1000)
    assert stack.ledger.flush(5)
    assert cost_today(stack) == 1000
    assert len(warnings(log_lines)) == 1


@pytest.mark.parametrize("how", ["PRAGMA query_only = 1", "DROP TABLE users"])
def test_a_file_that_fails_later_keeps_the_day(make_stack, tmp_path, log_lines, how) -> None:
    """When writing becomes impossible the day's cost and users go on from where they were."""
    stack = make_stack(state_dir=tmp_path / "state")
    spend(stack, 1000)
    assert stack.ledger.flush(5)
    users = stack.ledger.spent("user").keys()
    stack.ledger._writer.ask(lambda store: store._db.execute(how), 5)
    spend(stack, 234)
    assert stack.ledger.flush(5)
    assert cost_today(stack) == 1234
    assert stack.ledger.spent("user").keys() == users
    assert len(warnings(log_lines)) == 1
    assert dropped(stack, "write_failed") == 1


def test_a_locked_database_neither_blocks_nor_loses(make_stack, tmp_path) -> None:
    """While another process holds the lock, scrapes show everything; afterwards it is written."""
    stack = make_stack(state_dir=tmp_path / "state")
    spend(stack, 1000)
    assert stack.ledger.flush(5)
    with closing(sqlite3.connect(tmp_path / "state" / NAME, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        spend(stack, 200)
        stack.ledger.seen("bob")
        assert not stack.ledger.flush(1)
        assert cost_today(stack) == 1200
        assert stack.registry.get_sample_value("agent_daily_active_users") == 2
        assert stack.ledger.durable
        other.execute("ROLLBACK")
    spend(stack, 30)
    assert stack.ledger.flush(10)
    assert cost_today(stack) == 1230
    assert dropped(stack, "write_failed") == 0
    with closing(sqlite3.connect(tmp_path / "state" / NAME)) as file:
        found = file.execute(
            "SELECT units FROM spend WHERE period = 'day' AND dimension = 'all'"
        ).fetchall()
    assert found == [(1230,)]


def test_a_file_locked_from_the_start_is_waited_for(make_stack, tmp_path) -> None:
    """A database that is locked when the service starts is used as soon as it is free."""
    (tmp_path / "state").mkdir()
    with closing(sqlite3.connect(tmp_path / "state" / NAME, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        stack = make_stack(state_dir=tmp_path / "state")
        spend(stack, 7)
        assert not stack.ledger.flush(0.5)
        assert cost_today(stack) == 7
        other.execute("ROLLBACK")
    assert stack.ledger.flush(10)
    assert stack.ledger.durable
    assert cost_today(stack) == 7


def test_shutdown_counts_what_it_could_not_write(make_stack, tmp_path) -> None:
    """With a locked database shutdown ends within its deadline and counts what is lost."""
    stack = make_stack(state_dir=tmp_path / "state")
    spend(stack, 1)
    assert stack.ledger.flush(5)
    with closing(sqlite3.connect(tmp_path / "state" / NAME, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        spend(stack, 1)
        stack.shutdown()
        lost = dropped(stack, "shutdown")
        assert lost == 3  # model, tenant, user
        spend(stack, 1)
        assert dropped(stack, "shutdown") == lost + 1
