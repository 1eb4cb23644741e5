"""Log files: each record in exactly one shipped file, the host's handlers left alone."""

import json
import logging
import os
from pathlib import Path

import pytest

from agent_telemetry import ConfigurationError


def test_each_record_is_in_one_shipped_file(make_stack, tmp_path: Path) -> None:
    """app-<pid>.jsonl has everything once; error.jsonl is a copy of the errors only."""
    make_stack()
    logging.getLogger("host").info("fine")
    logging.getLogger("host").error("broken")
    shipped = (tmp_path / "logs" / f"app-{os.getpid()}.jsonl").read_text().splitlines()
    assert [json.loads(line)["message"] for line in shipped] == ["fine", "broken"]
    errors = (tmp_path / "logs" / "error.jsonl").read_text().splitlines()
    assert [json.loads(line)["message"] for line in errors] == ["broken"]
    assert json.loads(errors[0])["log_id"] == json.loads(shipped[1])["log_id"]


def test_well_known_names_work(make_stack, tmp_path: Path) -> None:
    """app.log and error.log lead to today's files."""
    make_stack()
    logging.getLogger("host").error("broken")
    for name in ("app.log", "error.log"):
        assert "broken" in (tmp_path / "logs" / name).read_text()


def test_set_up_twice_never_doubles_lines(make_stack, log_lines) -> None:
    """A second stack takes over; one record is still one line."""
    make_stack()
    make_stack()
    logging.getLogger("host").info("once")
    assert [line["message"] for line in log_lines()] == ["once"]


def test_hosts_handlers_are_left_alone(make_stack) -> None:
    """A handler that the application put on the root logger stays and works."""
    seen: list[str] = []

    class Host(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            seen.append(record.getMessage())

    handler = Host()
    logging.getLogger().addHandler(handler)
    make_stack().shutdown()
    logging.getLogger("host").warning("after")
    assert handler in logging.getLogger().handlers
    assert seen[-1] == "after"


def test_unwritable_folder_stops_the_start(make_stack, tmp_path: Path) -> None:
    """A folder that cannot be made is a configuration error that names its variable."""
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigurationError, match="AGENT_TELEMETRY_LOG_DIR"):
        make_stack(log_dir=tmp_path / "file" / "logs")


def test_full_disk_is_counted_not_raised(make_stack, monkeypatch) -> None:
    """A line that cannot be written is counted; the host goes on."""
    stack = make_stack()

    class Full:
        def write(self, _text: str) -> None:
            raise OSError(28, "No space left on device")

        def flush(self) -> None: ...
        def close(self) -> None: ...
        def seek(self, *_: int) -> None: ...
        def tell(self) -> int:
            return 0

    file_sink = stack._log_handler.sinks[0]
    file_sink.stream.close()
    file_sink.stream = Full()
    logging.getLogger("host").info("lost")
    labels = {"signal": "logs", "reason": "write_failed"}
    assert stack.registry.get_sample_value("telemetry_dropped_total", labels) == 1


def test_files_are_rotated_and_bounded(make_stack, tmp_path: Path) -> None:
    """A file that reaches its size is rotated; only so many are kept."""
    make_stack(log_file_bytes=5_000, log_file_backups=2)
    for number in range(100):
        logging.getLogger("host").info("line %d", number)
    files = sorted(path.name for path in (tmp_path / "logs").glob("app-*"))
    name = f"app-{os.getpid()}.jsonl"
    assert files == [name, f"{name}.1", f"{name}.2"]
