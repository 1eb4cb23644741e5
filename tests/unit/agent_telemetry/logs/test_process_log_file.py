"""A log file that several processes write and rotate: lines go on into the file of that name."""

import logging
from pathlib import Path

from agent_telemetry.logs.process_log_file import ProcessLogFile


def open_shared(path: Path) -> ProcessLogFile:
    """Open the file as one of several processes does."""
    return ProcessLogFile(lambda _pid: path, most_bytes=120, backups=3, shared=True)


def say(file: ProcessLogFile, text: str) -> None:
    """Write one line of 50 bytes."""
    file.handle(logging.LogRecord("x", logging.ERROR, "", 0, text.ljust(49, "."), None, None))


def test_what_another_process_rotated_is_left(tmp_path) -> None:
    """Five lines by two writers: none is lost, and none goes into a file that was moved away."""
    path = tmp_path / "error.jsonl"
    one, two = open_shared(path), open_shared(path)
    for writer, text in ((one, "a"), (two, "b"), (one, "c"), (two, "d"), (two, "e")):
        say(writer, text)
    one.close()
    two.close()
    written = {
        each.name: [line.rstrip(".") for line in each.read_text().splitlines()]
        for each in tmp_path.iterdir()
    }
    assert written == {
        "error.jsonl.2": ["a", "b"],
        "error.jsonl.1": ["c", "d"],
        "error.jsonl": ["e"],
    }


def test_size_is_counted_in_bytes(tmp_path) -> None:
    """Letters of two bytes fill the file twice as fast; what was there before counts."""
    path = tmp_path / "app.jsonl"
    path.write_text("." * 49 + "\n")
    file = ProcessLogFile(lambda _pid: path, most_bytes=120, backups=3)
    for text in ("ä" * 10, "b", "c"):
        say(file, text)
    file.close()
    assert path.with_suffix(".jsonl.1").stat().st_size == 50 + 60
    assert path.stat().st_size == 100


def test_a_file_that_was_removed_is_made_again(tmp_path) -> None:
    """After somebody has removed it, the next line is in a new file."""
    path = tmp_path / "error.jsonl"
    file = open_shared(path)
    say(file, "a")
    path.unlink()
    say(file, "b")
    file.close()
    assert path.read_text().startswith("b.")
