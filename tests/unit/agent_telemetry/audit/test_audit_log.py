"""The file of the audit trail: one chain for all processes, over restarts, crashes and rotation."""

import json
import multiprocessing
import os
import signal
import subprocess
import sys
import textwrap
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import pytest

from agent_telemetry import Settings, create_observability_stack
from agent_telemetry.audit.search import verify
from tests.polling import wait_for


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The folder of the log files."""
    return tmp_path / "logs"


@pytest.fixture
def records(folder: Path) -> Callable[[], list[dict[str, Any]]]:
    """Read the trail, full files first."""

    def read() -> list[dict[str, Any]]:
        files = [*sorted(folder.glob("audit-*.jsonl")), folder / "audit.jsonl"]
        return [json.loads(line) for path in files for line in path.read_text("utf-8").splitlines()]

    return read


def _append(folder: str, name: str, count: int, file_bytes: int) -> None:
    stack = create_observability_stack(
        settings=Settings(
            service_name=name,
            log_dir=Path(folder),
            log_stdout=False,
            audit_file_bytes=file_bytes,
        )
    )
    for number in range(count):
        assert stack.audit("work", name, number=number)
    stack.shutdown()


@pytest.mark.parametrize("file_bytes", [10**9, 20_000])
def test_two_processes_make_one_chain(folder, records, file_bytes: int) -> None:
    """Two workers with 500 records each leave one unbroken chain of 1000, each in its order.

    Also over many rotations, and whoever verifies meanwhile finds it whole.
    """
    spawn = multiprocessing.get_context("spawn")
    workers = [
        spawn.Process(target=_append, args=(str(folder), name, 500, file_bytes)) for name in "ab"
    ]
    for worker in workers:
        worker.start()
    while any(worker.is_alive() for worker in workers):
        assert not folder.exists() or verify(folder).broken is None
    for worker in workers:
        worker.join()
        assert worker.exitcode == 0
    found = records()
    assert [record["extra"]["sequence"] for record in found] == list(range(1, 1001))
    for name in "ab":
        mine = [r["extra"]["number"] for r in found if r["message"] == name]
        assert mine == list(range(500))
    assert verify(folder).broken is None


def test_threads_make_one_chain(stack, records, folder) -> None:
    """Eight threads leave one chain."""

    def work() -> None:
        for _ in range(50):
            assert stack.audit("work")

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [record["extra"]["sequence"] for record in records()] == list(range(1, 401))
    assert verify(folder).broken is None


FOREVER = """
    import sys
    from pathlib import Path
    from agent_telemetry import Settings, create_observability_stack
    stack = create_observability_stack(
        settings=Settings(service_name="a", log_dir=Path(sys.argv[1]), log_stdout=False)
    )
    while True:
        stack.audit("work", "x" * 5000)
"""


def test_killed_writers_leave_a_whole_chain(make_stack, folder) -> None:
    """Processes killed in the middle of writing leave nothing that breaks the chain."""
    for _ in range(3):
        before = verify(folder).records if folder.exists() else 0
        writer = subprocess.Popen(
            [sys.executable, "-c", textwrap.dedent(FOREVER), str(folder)], stderr=subprocess.DEVNULL
        )
        try:
            wait_for(
                lambda least=before + 20: folder.exists() and verify(folder).records > least,
                within=60,
                what="20 more audit records",
                pause=0.05,
            )
        finally:
            writer.send_signal(signal.SIGKILL)
            writer.wait()
    make_stack().audit("after")
    assert verify(folder).broken is None


def test_forked_child_goes_on(stack, records, folder) -> None:
    """A forked worker writes to the same chain as its parent."""
    stack.audit("parent")
    child = os.fork()
    if not child:
        os._exit(0 if stack.audit("child") else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    stack.audit("parent")
    assert [record["event"] for record in records()] == ["parent", "child", "parent"]
    assert verify(folder).broken is None


def test_rotation_keeps_the_chain_and_every_record(make_stack, records, folder) -> None:
    """A full file is renamed by its first number; nothing is deleted, the chain goes on."""
    stack = make_stack(audit_file_bytes=4096)
    for number in range(40):
        stack.audit("work", number=number)
    full = sorted(path.name for path in folder.glob("audit-*.jsonl"))
    assert len(full) > 2
    assert full[0] == "audit-000000000001.jsonl"
    first = json.loads((folder / full[1]).read_text().splitlines()[0])
    assert full[1] == f"audit-{first['extra']['sequence']:012d}.jsonl"
    assert [record["extra"]["number"] for record in records()] == list(range(40))
    assert verify(folder).broken is None


def test_old_files_are_removed_only_when_asked(make_stack, folder) -> None:
    """With a bound on files the oldest go, the trail says which, and verifies."""
    stack = make_stack(audit_file_bytes=4096, audit_files_kept=2)
    for number in range(100):
        stack.audit("work", number=number)
    assert len(list(folder.glob("audit-*.jsonl"))) == 2
    found = verify(folder)
    assert found.broken is None
    assert found.first > 1
    assert found.removed_through == found.first - 1


def test_torn_last_line_is_recognised(make_stack, records, folder) -> None:
    """A line cut short by a crash stays as it is, is told of, and the chain goes on."""
    make_stack().audit("one")
    with (folder / "audit.jsonl").open("ab") as file:
        file.write(b'{"timestamp":"2026-03-01T10:00:00.0')
    make_stack().audit("two")
    lines = (folder / "audit.jsonl").read_bytes().splitlines()
    told = [orjson.loads(line) for line in (lines[0], *lines[2:])]
    assert [each["event"] for each in told] == ["one", "audit_torn", "two"]
    assert [each["extra"]["sequence"] for each in told] == [1, 2, 3]
    found = verify(folder)
    assert (found.broken, found.torn, found.records) == (None, 1, 3)


def test_line_without_its_end_is_whole(make_stack, records, folder) -> None:
    """A crash before the very last byte loses nothing."""
    make_stack().audit("one")
    path = folder / "audit.jsonl"
    path.write_bytes(path.read_bytes()[:-1])
    make_stack().audit("two")
    assert [record["event"] for record in records()] == ["one", "two"]
    assert verify(folder).broken is None


def test_lost_head_is_made_anew(make_stack, folder) -> None:
    """Without audit.head, or with garbage in it, the last record tells where the chain stands."""
    make_stack().audit("one")
    (folder / "audit.head").unlink()
    make_stack().audit("two")
    (folder / "audit.head").write_bytes(b"garbage")
    make_stack().audit("three")
    assert (verify(folder).broken, verify(folder).records) == (None, 3)


def test_record_written_in_part_leaves_nothing_behind(stack, folder, monkeypatch) -> None:
    """When the disk takes half a record, the half is taken back and the record counts as lost."""
    stack.audit("one")
    before = (folder / "audit.jsonl").read_bytes()
    write = os.write
    monkeypatch.setattr("os.write", lambda file, data: write(file, data[:50]))
    assert not stack.audit("two")
    monkeypatch.undo()
    assert (folder / "audit.jsonl").read_bytes() == before
    assert stack.audit("three")
    assert verify(folder).broken is None


def test_restart_goes_on_with_the_chain(make_stack, records, folder) -> None:
    """The next process takes up number and hash."""
    make_stack().audit("one")
    make_stack().audit("two")
    assert [record["extra"]["sequence"] for record in records()] == [1, 2]
    assert verify(folder).broken is None
