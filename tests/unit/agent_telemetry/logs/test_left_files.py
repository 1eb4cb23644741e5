"""Log files of ended processes go when they are many and old; those of living ones never."""

import logging
import multiprocessing
import os
from pathlib import Path
from typing import Any

import pytest

from agent_telemetry.logs.left_files import MOST_FILES, UNREAD_SECONDS, remove_left_files
from agent_telemetry.logs.process_log_file import ProcessLogFile

NOW = 1_800_000_000.0
OLD = NOW - UNREAD_SECONDS - 1
#: Above the largest pid that Linux gives.
NOBODY = 4_200_000


def leave(folder: Path, name: str, written: float) -> Path:
    """Leave a file that was last written at a time."""
    path = folder / name
    path.write_text("{}\n")
    os.utime(path, (written, written))
    return path


def names(folder: Path) -> set[str]:
    """Return what is there."""
    return {each.name for each in folder.iterdir()}


def clear(folder: Path, most: int = 2) -> int:
    """Clear up at NOW."""
    return remove_left_files(folder, most=most, now=lambda: NOW)


def test_the_newest_are_kept_and_only_the_old_go(tmp_path) -> None:
    """Of five old and two new files the two newest stay, and all that may be unread."""
    for number in range(5):
        leave(tmp_path, f"app-{NOBODY + number}.jsonl", OLD - 10 + number)
    for number in range(5, 8):
        leave(tmp_path, f"app-{NOBODY + number}.jsonl", NOW - 10 + number)
    assert clear(tmp_path) == 5
    assert names(tmp_path) == {f"app-{NOBODY + number}.jsonl" for number in (5, 6, 7)}


def test_rotated_files_go_with_their_process(tmp_path) -> None:
    """What was rotated out of a dead process's file counts as its own; of a living one it stays."""
    for name in (f"app-{NOBODY}.jsonl", f"app-{NOBODY}.jsonl.1", f"app-{NOBODY + 1}.jsonl.2"):
        leave(tmp_path, name, OLD)
    leave(tmp_path, f"app-{os.getpid()}.jsonl.1", OLD)
    assert clear(tmp_path, most=0) == 3
    assert names(tmp_path) == {f"app-{os.getpid()}.jsonl.1"}


def test_other_files_are_left_alone(tmp_path) -> None:
    """Whatever has another name is somebody else's."""
    others = {"error.jsonl", "audit.jsonl", "app.jsonl", "app-1.txt", "app-x.jsonl", "app-1.jsonl~"}
    for name in others:
        leave(tmp_path, name, OLD)
    assert clear(tmp_path, most=0) == 0
    assert names(tmp_path) == others


def write_from_elsewhere(path: Path, ready: Any, end: Any) -> None:
    """Write a file under a pid that this machine does not have, as another container does."""
    file = ProcessLogFile(lambda _pid: path, most_bytes=0, backups=0)
    file.handle(logging.LogRecord("x", logging.INFO, "", 0, "here", None, None))
    ready.set()
    end.wait(60)


def test_a_file_that_is_open_elsewhere_stays(tmp_path) -> None:
    """A living process that only its lock tells of keeps its files; when it has ended they go."""
    path = tmp_path / f"app-{NOBODY}.jsonl"
    context = multiprocessing.get_context("spawn")
    ready, end = context.Event(), context.Event()
    process = context.Process(target=write_from_elsewhere, args=(path, ready, end))
    process.start()
    assert ready.wait(60)
    os.utime(path, (OLD, OLD))
    assert clear(tmp_path, most=0) == 0
    end.set()
    process.join(60)
    os.utime(path, (OLD, OLD))
    assert clear(tmp_path, most=0) == 1


def test_a_file_removed_while_it_is_opened_is_opened_anew(tmp_path, monkeypatch) -> None:
    """A process that gets a dead one's pid, and its file in the moment it goes, loses no line."""
    path = tmp_path / "app-7.jsonl"
    first = []

    def hold(stream: Any) -> None:
        if not first:
            first.append(stream)
            path.unlink()

    monkeypatch.setattr("agent_telemetry.logs.process_log_file.hold", hold)
    file = ProcessLogFile(lambda _pid: path, most_bytes=0, backups=0)
    file.handle(logging.LogRecord("x", logging.INFO, "", 0, "kept", None, None))
    file.close()
    assert path.read_text() == "kept\n"


def test_workers_that_come_and_go_leave_no_more_than_that(make_stack, tmp_path) -> None:
    """A stack that starts clears what many processes have left."""
    logs = tmp_path / "logs"
    logs.mkdir()
    for number in range(MOST_FILES + 30):
        leave(logs, f"app-{NOBODY + number}.jsonl", number)
    make_stack()
    left = [name for name in names(logs) if name.startswith(f"app-{NOBODY // 100_000}")]
    assert len(left) == MOST_FILES
    assert f"app-{os.getpid()}.jsonl" in names(logs)


def test_a_folder_that_is_gone_is_no_matter(tmp_path) -> None:
    """The clean-up of a folder that does not exist says so to its caller, who goes on."""
    with pytest.raises(FileNotFoundError):
        clear(tmp_path / "nowhere")
