"""The results as tables for people and as JSON for programs."""

import math
import os
import platform
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any

from rich.console import Console
from rich.table import Table

from tests.bench.rounds import Result

#: Packages whose versions decide what was measured.
PACKAGES = (
    "opentelemetry-sdk", "prometheus-client", "orjson", "starlette", "opentelemetry-util-genai",
    "openinference-instrumentation", "langfuse", "logfire", "opentelemetry-instrumentation-asgi",
    "prometheus-fastapi-instrumentator", "starlette-exporter", "structlog", "python-json-logger",
    "loguru",
)  # fmt: skip
#: A machine is quiet when fewer than this share of its cores were busy before the run.
QUIET_SHARE = 0.35
#: The middle half of the floor's rounds may lie this far apart.
QUIET_SPREAD = 0.25


@dataclass(frozen=True)
class Machine:
    """Where and when it was measured.

    Attributes:
        cores: processors that this process may use.
        load: processes that wanted to run, over the last minute, before the run.
        python: version of the interpreter.
        date: UTC.
    """

    cores: int
    load: float
    python: str
    date: str

    @classmethod
    def here(cls) -> "Machine":
        """Look at this machine, before anything is measured."""
        return cls(
            cores=len(os.sched_getaffinity(0)),
            load=round(os.getloadavg()[0], 2),
            python=platform.python_version(),
            date=f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
        )

    @property
    def is_quiet(self) -> bool:
        """Whether it had so little to do that times are to be trusted."""
        return self.load <= QUIET_SHARE * self.cores


def show(console: Console, title: str, results: list[Result], unit: str = "µs") -> None:
    """Print one table; a floor whose rounds lie far apart is warned of."""
    shrink = 1000 if unit == "ms" else 1
    table = Table(title=title, title_justify="left")
    table.add_column("", no_wrap=True)
    table.add_column("records")
    for heading in ("/ floor", "/ equal", f"CPU {unit}", f"best {unit}", f"clock {unit}"):
        table.add_column(heading, justify="right", no_wrap=True)
    for each in results:
        style = {"ours": "bold", "floor": "dim"}.get(each.role)
        table.add_row(
            each.name,
            each.records,
            _number(each.of_floor, 2),
            _number(each.of_equal, 2),
            *(
                _number(value / shrink, 1)
                for value in (each.cpu_median, each.cpu_best, each.wall_median)
            ),
            style=style,
        )
    console.print(table)
    for each in results:
        if each.role == "floor" and each.spread > QUIET_SPREAD:
            console.print(
                f"[yellow]The rounds of '{each.name}' lie {each.spread:.0%} apart: "
                "something else was running.[/]"
            )


def show_machine(console: Console, machine: Machine) -> None:
    """Print where it runs, and a warning when the machine is not quiet."""
    console.print(
        f"{machine.date}, Python {machine.python}, {machine.cores} cores, load {machine.load}"
    )
    if not machine.is_quiet:
        console.print(
            "[yellow]The machine is not quiet: read the ratios, not the microseconds, and run it "
            "again before you believe a difference below 0.2.[/]"
        )


def document(machine: Machine, contests: dict[str, list[Result]]) -> dict[str, Any]:
    """Return everything as JSON values; times are in microseconds."""
    return {
        "machine": {**asdict(machine), "quiet": machine.is_quiet},
        "versions": {name: version(name) for name in PACKAGES},
        "contests": {name: [asdict(each) for each in found] for name, found in contests.items()},
    }


def _number(value: float, digits: int) -> str:
    return "-" if math.isnan(value) else f"{value:.{digits}f}"
