"""The guides' logger: JSON lines with fields, at the places where people look for them."""

import io
import json
import logging
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_telemetry import ConfigurationError, NoopTracer, StructuredLogger
from agent_telemetry.logs.structured_logger import StructuredFormatter


@pytest.fixture
def name(request: pytest.FixtureRequest) -> Iterator[str]:
    """A logger's name that no other test uses; the logger is taken back afterwards."""
    chosen = f"host.{request.node.name}"
    yield chosen
    for one in (chosen, f"{chosen}.orders"):
        logger = logging.getLogger(one)
        for each in list(logger.handlers):
            logger.removeHandler(each)
            each.close()


def lines(text: str) -> list[dict]:
    """Read JSON lines."""
    return [json.loads(line) for line in text.splitlines()]


def test_fields_and_ids_are_in_the_line(stack, log_lines) -> None:
    """Fields by name reach the contract's places; request and span ids come from the context."""
    with stack.agent("support", tenant_id="acme") as run:
        stack.logger.info("Order %s shipped", 1042, tool_name="ship", carrier="dhl")
    line = next(each for each in log_lines() if each["message"] == "Order 1042 shipped")
    assert (line["tool_name"], line["extra"]) == ("ship", {"carrier": "dhl"})
    assert (line["tenant_id"], line["trace_id"]) == ("acme", run.trace_id)
    assert (line["module"], line["function"]) == (
        "test_structured_logger",
        "test_fields_and_ids_are_in_the_line",
    )


def test_plain_logging_calls_work_too(stack, log_lines) -> None:
    """``extra=`` and ``exc_info=`` mean what they mean to the standard library."""
    try:
        int("no such order")
    except ValueError:
        stack.logger.exception("failed", extra={"carrier": "dhl"}, order=7)
    line = next(each for each in log_lines() if each["message"] == "failed")
    assert line["exception"]["type"] == line["error_type"] == "ValueError"
    assert line["extra"] == {"carrier": "dhl", "order": 7}
    assert line["level"] == "ERROR"


def test_no_field_is_lost_to_a_name_of_the_standard_library(stack, log_lines) -> None:
    """Fields that logging refuses, such as ``name``, are kept under ``field_<name>``."""
    stack.logger.info("said", name="x", module="y", args=[1], message_id=3)
    line = next(each for each in log_lines() if each["message"] == "said")
    assert line["extra"] == {
        "field_name": "x",
        "field_module": "y",
        "field_args": [1],
        "message_id": 3,
    }


def test_every_level_has_its_one_spelling(stack, name) -> None:
    """Debug … critical are written as DEBUG INFO WARN ERROR FATAL."""
    logger = StructuredLogger(name, level="DEBUG")
    found: list[dict] = []
    logger.add_handler(found.append)
    for write in (logger.debug, logger.info, logger.warning, logger.error, logger.critical):
        write("said")
    logger.log("WARN", "said")
    logger.log(logging.INFO, "said")
    levels = [each["level"] for each in found]
    assert levels == ["DEBUG", "INFO", "WARN", "ERROR", "FATAL", "WARN", "INFO"]


def test_level_really_filters(name) -> None:
    """INFO by default; ``set_level`` changes it, for this object only."""
    logger, other = StructuredLogger(name), StructuredLogger(name)
    found: list[dict] = []
    logger.add_handler(found.append)
    logger.debug("hidden")
    logger.info("shown")
    logger.set_level("ERROR")
    logger.warning("hidden")
    other.warning("other")
    logger.set_level("WARNING")
    logger.warning("alias")
    other.set_level("DEBUG")
    other.debug("wide")
    logger.info("hidden")
    assert [each["message"] for each in found] == ["shown", "other", "alias", "wide"]
    with pytest.raises(ConfigurationError, match="LOUD"):
        logger.set_level("LOUD")


def test_broken_handler_stops_nobody(name, capsys) -> None:
    """The handlers beside it get every line; it is named once on standard error."""
    logger = StructuredLogger(name)
    found: list[dict] = []

    def broken(_fields: dict) -> None:
        raise RuntimeError("disk on fire")

    class Broken(logging.Handler):
        def handle(self, record: logging.LogRecord) -> bool:
            raise RuntimeError(record.msg)

    logger.add_handler(broken)
    logger.add_handler(Broken())
    logger.add_handler(found.append)
    for _ in range(3):
        logger.info("said")
    assert len(found) == 3
    assert capsys.readouterr().err.count("disk on fire") == 1


def test_built_twice_never_doubles_lines(name, tmp_path, capsys) -> None:
    """Two loggers of one name and file, and a handler added twice, write each line once."""
    file = tmp_path / "deep" / "er" / "app.log"
    found: list[dict] = []
    for _ in range(3):
        logger = StructuredLogger(name, log_file=file)
        logger.add_handler(found.append)
    logger.info("once")
    assert [each["message"] for each in lines(file.read_text("utf-8"))] == ["once"]
    assert len(found) == 1
    assert len(lines(capsys.readouterr().out)) == 1
    logger.remove_handler(found.append)
    logger.info("twice")
    assert len(found) == 1


def test_child_of_another_logger_writes_each_line_once(name, tmp_path, capsys) -> None:
    """A line passes its parents on its way up; a place that both write to gets it once."""
    file = tmp_path / "app.log"
    found: list[dict] = []
    child, parent = (StructuredLogger(each, log_file=file) for each in (f"{name}.orders", name))
    child.add_handler(found.append)
    parent.add_handler(found.append)
    child.info("once")
    logging.getLogger(f"{name}.plain").info("plain")
    for each in (lines(file.read_text("utf-8")), found, lines(capsys.readouterr().out)):
        assert [line["message"] for line in each] == ["once", "plain"]
        assert "_agent" not in json.dumps(each)


def test_without_a_stack_lines_go_to_standard_output(name, capsys) -> None:
    """Alone it writes JSON; the tracer's service name is in the line."""
    StructuredLogger(name, NoopTracer("my-agent")).info("hello", user="ü")
    (line,) = lines(capsys.readouterr().out)
    assert (line["service"], line["message"], line["extra"]) == ("my-agent", "hello", {"user": "ü"})


def test_with_a_stack_the_line_is_written_once(stack, name, log_lines, capsys) -> None:
    """A logger built before or after the stack writes to the stack's files and nowhere else."""
    StructuredLogger(name).info("once")
    assert [each["message"] for each in log_lines()].count("once") == 1
    assert "once" not in capsys.readouterr().out


def test_folder_that_cannot_be_made_is_a_clear_error(name, tmp_path) -> None:
    """The error names the file."""
    (tmp_path / "taken").write_text("a file")
    with pytest.raises(ConfigurationError, match="taken"):
        StructuredLogger(name, log_file=tmp_path / "taken" / "app.log")


def test_standard_handler_gets_json_unless_it_has_its_own_formatter(name) -> None:
    """A handler without a formatter gets the structured one; another keeps its own."""
    plain, own = io.StringIO(), io.StringIO()
    first, second = logging.StreamHandler(plain), logging.StreamHandler(own)
    second.setFormatter(logging.Formatter("own %(message)s"))
    logger = StructuredLogger(name)
    logger.add_handler(first)
    logger.add_handler(second)
    logger.info("said")
    assert isinstance(first.formatter, StructuredFormatter)
    assert lines(plain.getvalue())[0]["message"] == "said"
    assert own.getvalue() == "own said\n"


def test_closed_standard_output_never_reaches_the_host(name, monkeypatch) -> None:
    """A pipe that is gone loses the line, not the request."""
    closed = io.StringIO()
    closed.close()
    monkeypatch.setattr(sys, "stdout", closed)
    monkeypatch.setattr(logging, "raiseExceptions", False)
    StructuredLogger(name).info("said")


@given(
    message=st.text(),
    fields=st.dictionaries(
        st.text(min_size=1).filter(str.isidentifier),
        st.none() | st.text() | st.integers() | st.floats() | st.lists(st.text()),
        max_size=4,
    ),
)
def test_any_message_and_fields_make_one_json_line(message, fields) -> None:
    """Whatever is said becomes a line that can be read back, and nothing is raised."""
    logger = StructuredLogger("host.any")
    found: list[dict] = []
    logger.add_handler(found.append)
    fields.pop("self", None)
    fields.pop("stacklevel", None)
    fields.pop("exc_info", None)
    fields.pop("stack_info", None)
    fields.pop("extra", None)
    logger.error(message, **fields)
    logger.remove_handler(found.append)
    assert found[0]["level"] == "ERROR"


def test_file_of_its_own_is_rotated(name, tmp_path: Path) -> None:
    """The file does not grow without bound: it is a rotating one."""
    StructuredLogger(name, log_file=tmp_path / "app.log").info("said")
    inner = [getattr(each, "inner", None) for each in logging.getLogger(name).handlers]
    assert any(getattr(each, "maxBytes", 0) > 0 for each in inner)
