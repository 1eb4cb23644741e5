"""Log records: one line of JSON each, nothing lost, nothing that can break the line."""

import json
import logging
import re
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_telemetry.logs.record import FIELDS, JsonFormatter

FORMATTER = JsonFormatter("agent")


def line(message: object = "hello", *args: object, level: int = logging.INFO, **extra: object):
    """Format one record and read it back."""
    record = logging.getLogger("host").makeRecord(
        "host", level, "app.py", 7, message, args, None, func="work", extra=extra
    )
    text = FORMATTER.format(record)
    assert "\n" not in text
    text.encode("utf-8")
    return json.loads(text)


def test_record_follows_the_contract() -> None:
    """A record has its fields at the top level, in order, and all else under `extra`."""
    found = line("order %s", 7, event="order", tenant_id="acme", cost_usd=0.5, shop="berlin")
    assert found["message"] == "order 7"
    assert (found["level"], found["logger"], found["line"]) == ("INFO", "host", 7)
    assert (found["module"], found["function"], found["service"]) == ("app", "work", "agent")
    assert found["extra"] == {"shop": "berlin"}
    assert found["tenant_id"] == "acme"
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", found["timestamp"])
    assert set(found) <= set(FIELDS)


@pytest.mark.parametrize(
    ("number", "name", "stream"),
    [
        (logging.DEBUG, "DEBUG", "operation"),
        (logging.WARNING, "WARN", "operation"),
        (35, "WARN", "operation"),
        (logging.ERROR, "ERROR", "error"),
        (logging.CRITICAL, "FATAL", "error"),
    ],
)
def test_one_spelling_of_each_level(number: int, name: str, stream: str) -> None:
    """Levels have one spelling; errors go to the error stream."""
    found = line(level=number)
    assert (found["level"], found["stream"]) == (name, stream)


def test_exception_is_whole_and_typed() -> None:
    """A traceback arrives on its one line, with class and message, as error_type too."""
    try:
        int("bad order")
    except ValueError:
        record = logging.getLogger("host").makeRecord(
            "host", logging.ERROR, "app.py", 1, "failed", (), sys.exc_info()
        )
    found = json.loads(FORMATTER.format(record))
    assert found["exception"]["type"] == found["error_type"] == "ValueError"
    assert "test_exception_is_whole_and_typed" in found["exception"]["traceback"]


def test_log_ids_are_unique_and_in_order() -> None:
    """Each record has an id of its own; later records sort later."""
    ids = [line()["log_id"] for _ in range(1000)]
    assert len(set(ids)) == 1000
    assert ids == sorted(ids)


def test_other_scripts_are_not_escaped() -> None:
    """Text stays readable UTF-8."""
    record = logging.getLogger("host").makeRecord(
        "host", logging.INFO, "app.py", 1, "Wo ist mein Päckchen? 包裹 🚚", (), None
    )
    assert "Päckchen? 包裹 🚚" in FORMATTER.format(record)


def test_wrong_arguments_lose_no_record() -> None:
    """A message whose arguments do not fit is written with them beside it."""
    assert "one %d" in line("one %d", "x")["message"]


@pytest.mark.parametrize(
    "value",
    [
        "\ud800",
        "\x00",
        "a\nb\r\n",
        "\x1b[31mred",
        2**80,
        float("nan"),
        {1: {2: "\udfff"}},
        object(),
    ],
)
def test_hostile_values_stay_one_valid_line(value: object) -> None:
    """Values that JSON or UTF-8 cannot hold are replaced, the rest of the record is kept."""
    assert line("x", thing=value, kept="yes")["extra"]["kept"] == "yes"


def test_thing_that_contains_itself() -> None:
    """An endless structure is cut, not followed."""
    endless: dict[str, object] = {}
    endless["self"] = endless
    assert line("x", thing=endless, kept=1)["extra"]["kept"] == 1


def test_huge_message_is_cut_and_says_so() -> None:
    """A 10 MB message becomes a line of bounded size that tells its length."""
    found = line("x" * 10_000_000)
    assert len(found["message"]) < 40_000
    assert "10000000 characters" in found["message"]


@given(
    st.text(st.characters(codec=None)),
    st.dictionaries(
        st.text(min_size=1).filter(lambda key: key not in vars(logging.makeLogRecord({}))),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(),
            lambda inner: st.lists(inner) | st.dictionaries(st.integers() | st.text(), inner),
            max_leaves=10,
        ),
        max_size=5,
    ),
)
def test_anything_gives_one_line(message: str, extra: dict[str, object]) -> None:
    """Whatever is logged, the result is one line of valid JSON."""
    for taken in ("message", "asctime", "level"):
        extra.pop(taken, None)
    assert line(message.replace("%", ""), **extra)["service"] == "agent"
