"""Stores and spans for tests of the console."""

import itertools

import pytest

from agent_telemetry.console.settings import ConsoleSettings
from agent_telemetry.console.store.store import ConsoleStore

NOW = 1_700_000_000
_numbers = itertools.count(1)


@pytest.fixture
def make_store(tmp_path):
    """Open stores that are closed afterwards; two of one name share their file."""
    opened = []

    def make(name="a", *, in_memory=False, **bounds):
        path = None if in_memory else tmp_path / f"{name}.console.sqlite3"
        store = ConsoleStore(path, ConsoleSettings(**bounds))
        opened.append(store)
        return store

    yield make
    for store in opened:
        store.close()


@pytest.fixture
def make_span():
    """Make spans as the console keeps them."""

    def make(name="POST /chat", kind="chain", **told):
        made = {
            "id": f"{next(_numbers):016x}",
            "parent": "",
            "name": name,
            "kind": kind,
            "start": NOW * 1_000_000,
            "micros": 1000,
            "status": "ok",
            "model": None,
            "units": 0,
            "tokens_input": 0,
            "tokens_output": 0,
            "attributes": {},
            "events": [],
        }
        return {**made, **told}

    return make
