"""REQUIRE_STACK=1: a test that is left out is a failure, unless tests/left_out.toml names it."""

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

LIST = Path(__file__).with_name("left_out.toml")


@dataclass(frozen=True)
class LeftOut:
    """One test that may be left out.

    Attributes:
        test: its id, as pytest prints it.
        reason: why it cannot run where the stack is built from packages.
    """

    test: str
    reason: str


def read_list(file: Path = LIST) -> dict[str, LeftOut]:
    """Return the list by test id.

    Raises:
        ValueError: if an entry lacks its test or its reason, or is there twice.
    """
    entries = tomllib.loads(file.read_text(encoding="utf-8")).get("left_out", [])
    found: dict[str, LeftOut] = {}
    for entry in entries:
        if set(entry) != {"test", "reason"} or not all(entry.values()):
            raise ValueError(f"{file.name}: an entry has `test` and `reason`, this one: {entry}")
        if entry["test"] in found:
            raise ValueError(f"{file.name}: {entry['test']} is there twice")
        found[entry["test"]] = LeftOut(**entry)
    return found


class RequireStack:
    """A pytest plug-in that lets nothing be left out in silence.

    Args:
        allowed: what may be left out, by test id.
    """

    def __init__(self, allowed: dict[str, LeftOut]) -> None:
        self._allowed = allowed

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self, item: pytest.Item) -> Any:
        """Turn a skip that nobody allowed, and a pass that nobody expected, into failures."""
        report: pytest.TestReport = yield
        # An expected failure reports as skipped too, but it ran.
        skipped = report.skipped and not hasattr(report, "wasxfail")
        if skipped and item.nodeid not in self._allowed:
            told = report.longrepr
            reason = told[2] if isinstance(told, tuple) else told
            report.outcome = "failed"
            report.longrepr = f"REQUIRE_STACK=1 and this was left out: {reason}"
        elif report.when == "call" and report.passed and item.nodeid in self._allowed:
            report.outcome = "failed"
            report.longrepr = "it ran: take it off tests/left_out.toml"
        return report
