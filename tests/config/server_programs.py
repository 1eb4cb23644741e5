"""Finds the programs that check the servers' own files, or says why a check is left out."""

import os
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import NoReturn

import pytest

from tests.config.compose_files import ROOT

#: Had from a package within seconds; the others are built in minutes, so they are only used where
#: they are built already, or where nothing may be left out.
_QUICK = frozenset({"promtool", "amtool"})


def _built_already(name: str) -> bool:
    from tests.images.cache import cache_directory  # noqa: PLC0415 -- has side effects of its own

    return any((cache_directory() / "bundles").glob(f"*/*/**/{name}"))


@cache
def _find(name: str) -> tuple[str, str]:
    """Return the program's path, or '' and the reason why there is none."""
    given = os.environ.get(name.upper().replace("-", "_")) or shutil.which(name)
    if given:
        return given, ""
    required = os.environ.get("REQUIRE_STACK") == "1"
    if not (required or name in _QUICK or _built_already(name)):
        return "", f"{name} is not built here (make images)"
    made = subprocess.run(
        [sys.executable, "-m", "tests.images", "--tool", name],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if made.returncode:
        return "", f"{name} is not to be had: {made.stdout[-300:]}{made.stderr[-300:]}"
    return made.stdout.strip().splitlines()[-1], ""


def leave_out(reason: str) -> NoReturn:
    """Skip the test for a reason, or fail it where REQUIRE_STACK=1 says that all must run."""
    if os.environ.get("REQUIRE_STACK") == "1":
        pytest.fail(reason)
    pytest.skip(reason)


def program(name: str) -> str:
    """Return the path of a program; leave the test out where there is none.

    Args:
        name: file name; the variable of that name in capitals (PROMTOOL) points at another one.
    """
    path, reason = _find(name)
    if reason:
        leave_out(reason)
    return path


def run(
    name: str, *arguments: str | Path, timeout: float = 120, **options: object
) -> subprocess.CompletedProcess[str]:
    """Run a program to its end (`timeout` in s); return what it said, whatever its exit code."""
    return subprocess.run(
        [program(name), *map(str, arguments)],
        capture_output=True, text=True, check=False, timeout=timeout, **options,
    )  # fmt: skip
