"""Runs `make smoke-test`'s command as a test and reads its report."""

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree as ET

from commands.checkout import ROOT


@dataclass(frozen=True)
class SmokeRun:
    """How one smoke test ended.

    Attributes:
        exit_code: of the command.
        output: what it printed.
        passed: the checks that passed.
        left_out: check → reason.
        failed: check → message.
    """

    exit_code: int
    output: str
    passed: frozenset[str]
    left_out: Mapping[str, str]
    failed: Mapping[str, str]


def run_smoke_test(report: Path, **variables: str | None) -> SmokeRun:
    """Run the command.

    Args:
        report: where the JUnit file goes.
        variables: laid over the environment; None takes one away.
    """
    environment = {**os.environ, **{k: v for k, v in variables.items() if v is not None}}
    for name in (name for name, value in variables.items() if value is None):
        environment.pop(name, None)
    done = subprocess.run(
        (sys.executable, "-m", "commands.smoke_test", f"--junitxml={report}"),
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        check=False,
    )
    output = done.stdout + done.stderr
    assert report.exists(), output
    passed, left_out, failed = set(), {}, {}
    for case in ET.parse(report).iter("testcase"):
        name = f"{case.get('classname', '').rsplit('.', 1)[-1]}::{case.get('name')}"
        skipped, broken = case.find("skipped"), case.find("failure")
        broken = case.find("error") if broken is None else broken
        if broken is not None:
            failed[name] = broken.get("message", "")
        elif skipped is not None:
            left_out[name] = skipped.get("message", "")
        else:
            passed.add(name)
    return SmokeRun(done.returncode, output, frozenset(passed), left_out, failed)
