"""A program that fails says so with its own last words."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.images.programs import BuildError, run, run_logged, succeeds


def test_failure_names_program_code_and_last_words() -> None:
    """The message is what a person needs to go on."""
    script = "import sys; print('the reason', file=sys.stderr); sys.exit(3)"
    with pytest.raises(BuildError, match=r"(?s)ended with 3.*the reason"):
        run([sys.executable, "-c", script])


def test_missing_program_is_named() -> None:
    """No traceback of the standard library's."""
    with pytest.raises(BuildError, match="'no-such-program' is not installed"):
        run(["no-such-program"])


def test_no_standard_input_is_handed_on() -> None:
    """A program that asks gets an end of file at once instead of waiting for ever."""
    assert run([sys.executable, "-c", "import sys; print(repr(sys.stdin.read()))"]) == "''\n"


def test_long_program_writes_to_its_log(tmp_path: Path) -> None:
    """The log holds all, the message the end of it and where it is."""
    log = tmp_path / "logs/a.log"
    run_logged([sys.executable, "-c", "print('first')"], title="first", log=log)
    script = "import sys; print('last'); sys.exit(1)"
    with pytest.raises(BuildError, match=r"(?s)second failed with 1.*a\.log.*last"):
        run_logged([sys.executable, "-c", script], title="second", log=log)
    assert log.read_text() == "first\nlast\n"


def test_program_that_hangs_is_ended() -> None:
    """An engine that takes a question and never answers counts as not there."""
    assert not succeeds(["sleep", "60"], within=0.2)
