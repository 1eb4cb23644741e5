"""Whatever is wrong with the console's file, the agent goes on, and what is lost is counted."""

import sqlite3
import subprocess
import sys

from agent_telemetry.console.console import console_of
from tests.polling import wait_for
from tests.unit.agent_telemetry.console.test_feed import drawn, settled

_RUNS = 20


def run_agent(stack):
    """Let the agent work."""
    for _ in range(_RUNS):
        with stack.agent("support"), stack.tool("lookup_order"):
            pass


def kept(console):
    """How many traces are kept."""
    with console.store.database.read() as connection:
        return connection.execute("SELECT COUNT(*) FROM traces").fetchone()[0]


def losses(stack):
    """What the console's queue has lost, by reason."""
    dropped = stack.diagnostics.telemetry()["dropped"]
    return {name: count for name, count in dropped.items() if name.startswith("console/")}


def test_a_locked_file_holds_nobody_up(make_stack, tmp_path):
    """While another process has the file locked, runs go on; afterwards all of them are there."""
    stack = make_stack(state_dir=tmp_path / "state")
    console = console_of(stack)
    run_agent(stack)
    settled(console, stack)
    other = sqlite3.connect(console.store.database.path, isolation_level=None)
    try:
        other.execute("BEGIN IMMEDIATE")
        run_agent(stack)
        assert stack.tracer.flush(5)
        # Readers see what was there before.
        assert drawn(console, "traces").one("found").text == f"{_RUNS} kept"
    finally:
        other.execute("ROLLBACK")
        other.close()
    wait_for(lambda: kept(console) == 2 * _RUNS, within=20, what="runs of the time of lock")
    assert losses(stack) == {}


def test_a_full_disk_holds_nobody_up(make_stack, tmp_path):
    """While the disk is full, runs go on; when there is room again, all of them are there."""
    stack = make_stack(state_dir=tmp_path / "state")
    console = console_of(stack)
    run_agent(stack)
    settled(console, stack)
    database = console.store.database

    def room(pages):
        with database._writing:
            return database._connected().execute(f"PRAGMA max_page_count = {pages}").fetchone()[0]

    full = room(1)  # never below what is in use: there is room for no page more
    for _ in range(3):
        run_agent(stack)
    assert stack.tracer.flush(5)
    assert not console.feed.flush(1)
    assert kept(console) < 4 * _RUNS
    room(full + 10_000)
    wait_for(lambda: kept(console) == 4 * _RUNS, within=20, what="runs of the full disk")
    assert losses(stack) == {}


def test_a_folder_that_cannot_be_used_is_counted(make_stack, tmp_path):
    """Where no file can be made, what is dropped is counted, and a page says what is wrong."""
    stack = make_stack()
    console = console_of(stack)
    (tmp_path / "file").write_text("no folder")
    console.store.database.path = tmp_path / "file" / "x.sqlite3"
    run_agent(stack)
    assert stack.tracer.flush(5)
    wait_for(
        lambda: losses(stack).get("console/rejected", 0) >= _RUNS, within=10, what="counted drops"
    )
    page = drawn(console, "traces")
    assert "could not be drawn" in page.one("fault").text
    assert "Losses and faults" not in page.markup


def test_without_the_line_there_is_no_console():
    """A stack that nobody gave a console imports nothing of it and serves none."""
    program = """
import sys
from fastapi import FastAPI
from starlette.testclient import TestClient
from agent_telemetry import Settings, create_observability_stack
app = FastAPI()
stack = create_observability_stack(settings=Settings(service_name="x", log_stdout=False))
stack.instrument(app)
print(TestClient(app).get("/console/").status_code)
print(sorted(name for name in sys.modules if "nicegui" in name or "console.store" in name))
stack.shutdown()
"""
    done = subprocess.run((sys.executable, "-W", "ignore", "-c", program), capture_output=True,
                          text=True, timeout=60, check=True)  # fmt: skip
    assert done.stdout.split("\n")[:2] == ["404", "[]"]
