"""Tells a smoke run to a person: each check as it ends, and a table at the end."""

from dataclasses import dataclass
from typing import Any

import pytest
from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from commands.running import Running

_RESULT = {"passed": "[green]ok[/]", "failed": "[red]FAILED[/]", "skipped": "[yellow]left out[/]"}


@dataclass(frozen=True)
class CheckResult:
    """How one check ended.

    Attributes:
        sentence: what it proves.
        outcome: passed, failed or skipped.
        seconds: how long it took, with what it had to prepare.
        why: the reason of a failure or of being left out, in one line.
    """

    sentence: str
    outcome: str
    seconds: float
    why: str


class CheckReport:
    """A pytest plug-in that speaks in sentences instead of dots."""

    def __init__(self) -> None:
        self.results: list[CheckResult] = []
        self.running: Running | None = None
        self._sentences: dict[str, str] = {}
        self._seconds: dict[str, float] = {}
        self._console = Console(highlight=False)
        if not self._console.is_terminal:
            self._console = Console(highlight=False, width=140)

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Learn what each check promises."""
        for item in items:
            doc = getattr(getattr(item, "function", None), "__doc__", None) or item.name
            variant = getattr(getattr(item, "callspec", None), "id", "")
            sentence = doc.strip().splitlines()[0]
            self._sentences[item.nodeid] = f"{sentence} ({variant})" if variant else sentence

    def pytest_report_teststatus(self, report: pytest.TestReport) -> tuple[str, str, str]:
        """Print no dots; count each check once."""
        if report.when == "call" or not report.passed:
            return report.outcome, "", ""
        return "", "", ""

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Tell a check as soon as it has ended."""
        seconds = self._seconds.get(report.nodeid, 0.0) + report.duration
        self._seconds[report.nodeid] = seconds
        ended = report.when == "call" or (report.when == "setup" and not report.passed)
        if not ended and not report.failed:
            return
        result = CheckResult(
            sentence=self._sentences.get(report.nodeid, report.nodeid),
            outcome=report.outcome,
            seconds=seconds,
            why=_why(report),
        )
        self.results.append(result)
        mark = _RESULT[result.outcome]
        self._console.print(f"  {mark} {seconds:6.1f} s  {escape(result.sentence)}")

    def pytest_terminal_summary(self) -> None:
        """Draw the table of everything that was checked and of everything that was not."""
        if not self.results:
            return
        way = {"full": "the full stack", "lite": "the lite version"}
        title = f"Smoke test of {way[self.running.way]}" if self.running else "Smoke test"
        table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD)
        for heading in ("check", "result", "time", "why"):
            table.add_column(
                heading, overflow="fold", justify="right" if heading == "time" else "left"
            )
        for result in self.results:
            table.add_row(
                escape(result.sentence),
                _RESULT[result.outcome],
                f"{result.seconds:.1f} s",
                escape(result.why),
            )
        self._console.print()
        self._console.print(table)


def _why(report: pytest.TestReport) -> str:
    """Return the reason of an outcome in one line."""
    if report.passed:
        return ""
    told: Any = report.longrepr
    if isinstance(told, tuple):
        return str(told[2]).removeprefix("Skipped: ")
    crash = getattr(told, "reprcrash", None)
    text = crash.message if crash is not None else str(told)
    return (text.strip().splitlines() or [""])[0][:300]
