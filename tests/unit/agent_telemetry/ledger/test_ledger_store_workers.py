"""How many processes share a ledger: those that have written it within a minute."""

import os

from agent_telemetry.ledger.store import LedgerStore

NOW = 1_800_000_000.0


def test_processes_are_counted_for_a_minute(tmp_path, monkeypatch) -> None:
    """Each process counts once, until it has written nothing for more than a minute."""
    store = LedgerStore(tmp_path / "x.sqlite3")
    counted = []
    for pid, later in ((1, 0), (2, 1), (1, 2), (3, 61), (3, 62), (3, 63), (3, 1000)):
        monkeypatch.setattr(os, "getpid", lambda pid=pid: pid)
        counted.append(store.workers(NOW + later))
    assert counted == [1, 2, 2, 3, 2, 1, 1]
    store.close()


def test_what_is_old_is_forgotten(tmp_path, monkeypatch) -> None:
    """Processes that come and go leave no rows for ever."""
    store = LedgerStore(tmp_path / "x.sqlite3")
    for pid in range(50):
        monkeypatch.setattr(os, "getpid", lambda pid=pid: pid)
        store.workers(NOW)
    store.prune(NOW + 86_400)
    assert store.workers(NOW + 86_400) == 1
    assert store._number("SELECT COUNT(*) FROM workers") == 1
    store.close()
