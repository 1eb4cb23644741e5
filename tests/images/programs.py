"""Runs other programs, always without standard input, and says clearly what went wrong."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.images.progress import say

HEARTBEAT_SECONDS = 30.0
LINES_SHOWN_OF_A_FAILURE = 25


class BuildError(RuntimeError):
    """Something is missing or failed; the message says what and what to do next."""


def run(
    arguments: Sequence[str | Path],
    *,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    stdin: Path | None = None,
    within: float | None = None,
) -> str:
    """Run a short program and return its standard output.

    Args:
        arguments: the program and its arguments.
        cwd: directory to run in.
        env: variables added to this process's environment.
        stdin: file given as standard input; nothing otherwise.
        within: seconds after which it is ended and has failed; without end by default.

    Raises:
        BuildError: with the program's last error lines, if it fails or does not exist.
    """
    words = [str(argument) for argument in arguments]
    try:
        with (stdin or Path(os.devnull)).open("rb") as given:
            done = subprocess.run(
                words, cwd=cwd, env={**os.environ, **(env or {})}, stdin=given,
                capture_output=True, check=False, timeout=within,
            )  # fmt: skip
    except FileNotFoundError as error:
        raise BuildError(f"the program '{words[0]}' is not installed here") from error
    except subprocess.TimeoutExpired as error:
        raise BuildError(f"`{' '.join(words[:6])}` did not end within {within:g} s") from error
    if done.returncode != 0:
        said = (done.stderr or done.stdout).decode(errors="replace").strip()
        raise BuildError(f"`{' '.join(words[:6])}` ended with {done.returncode}:\n{_tail(said)}")
    return done.stdout.decode(errors="replace")


def succeeds(arguments: Sequence[str | Path], within: float = 30) -> bool:
    """Whether the program exists and exits 0 within so many seconds."""
    try:
        run(arguments, within=within)
    except BuildError:
        return False
    return True


def run_logged(
    arguments: Sequence[str | Path],
    *,
    title: str,
    log: Path,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
) -> None:
    """Run a long program: its output goes to the end of `log`, a sign of life to the terminal.

    Raises:
        BuildError: with the log's last lines and its path, if the program fails.
    """
    words = [str(argument) for argument in arguments]
    log.parent.mkdir(parents=True, exist_ok=True)
    began = time.monotonic()
    with log.open("ab") as output:
        try:
            process = subprocess.Popen(
                words, cwd=cwd, env={**os.environ, **(env or {})}, stdin=subprocess.DEVNULL,
                stdout=output, stderr=subprocess.STDOUT,
            )  # fmt: skip
        except FileNotFoundError as error:
            raise BuildError(f"the program '{words[0]}' is not installed here") from error
        while True:
            try:
                code = process.wait(timeout=HEARTBEAT_SECONDS)
                break
            except subprocess.TimeoutExpired:
                say(f"  {title}: still at it after {time.monotonic() - began:.0f} s")
            except BaseException:
                process.terminate()
                raise
    if code != 0:
        said = _tail(log.read_text(errors="replace"))
        raise BuildError(f"{title} failed with {code}; the whole output is in {log}:\n{said}")


def _tail(text: str) -> str:
    lines = text.splitlines()[-LINES_SHOWN_OF_A_FAILURE:]
    return "\n".join(f"    {line}" for line in lines)
