"""Measure what telemetry costs: ``make bench``."""

import argparse
import os
import sys
import tempfile
import warnings
from contextlib import ExitStack
from importlib import import_module
from pathlib import Path
from types import ModuleType

import orjson
from rich.console import Console

from tests.bench.bench_table import Machine, document, show, show_machine
from tests.bench.rounds import CannotRunError, Result, measure, results

#: Module and title of each contest.
CONTESTS = {
    "model_call": "One recorded model call",
    "asgi_request": "One ASGI request, beyond the app's own time",
    "log_line": "One JSON log line",
    "elasticsearch_bulk": "One log record stored in Elasticsearch (ratios by the clock)",
    "import_time": "Import, in a process of its own",
}
#: Module and title of each contest with a table of its own. The module has
#: ``report(console: Console, folder: Path) -> dict[str, object]``: it runs, prints its table and
#: returns what it found, ready for JSON.
REPORTS = {
    "log_analysis": "Analysis of log files (LOG_MEGABYTES=1000)",
    "bad_endpoint": "One model call while the collector is away, hangs or is slow",
    "dashboard_queries": "The dashboards' queries: 100 tenants, three days, a sample a minute",
    "console": "The agent's P95 with its console open, against closed",
}
REPORT = Path("reports/bench.json")
ROUNDS = 40


def main(arguments: list[str] | None = None) -> int:
    """Run the contests one after the other and print a table of each.

    Returns:
        0, or 2 when the peers are not installed.
    """
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--json", action="store_true", help=f"also write {REPORT}")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="turns that each one has")
    parser.add_argument(
        "--only", choices=[*CONTESTS, *REPORTS], action="append", help="one contest, or more"
    )
    chosen = parser.parse_args(arguments)
    # No setting of whoever runs it may change what is measured, nor send anything anywhere.
    for name in [each for each in os.environ if each.startswith(("OTEL_", "AGENT_TELEMETRY_"))]:
        del os.environ[name]
    os.environ["OTEL_SEMCONV_STABILITY_OPT_IN"] = "http"
    warnings.simplefilter("ignore", DeprecationWarning)
    console = Console(width=None if sys.stdout.isatty() else 140)
    machine = Machine.here()
    show_machine(console, machine)
    found = {}
    for name, title in _chosen(CONTESTS, chosen.only):
        try:
            contest = import_module(f"tests.bench.{name}")
        except ModuleNotFoundError as missing:
            console.print(f"{missing.name} is missing: `make bench` installs what is needed.")
            return 2
        try:
            found[name] = _held(contest, chosen.rounds)
        except CannotRunError as reason:
            console.print(f"{title}: left out, as {reason}")
            continue
        show(console, title, found[name], getattr(contest, "UNIT", "µs"))
    further = {}
    for name, title in _chosen(REPORTS, chosen.only):
        console.rule(title, align="left")
        with tempfile.TemporaryDirectory() as folder:
            reporter = import_module(f"tests.bench.{name}")
            further[name] = reporter.report(console, Path(folder))
    if chosen.json:
        REPORT.parent.mkdir(exist_ok=True)
        REPORT.write_bytes(
            orjson.dumps(
                {**document(machine, found), "reports": further}, option=orjson.OPT_INDENT_2
            )
        )
        console.print(f"Written to {REPORT}")
    return 0


def _chosen(all_of_them: dict[str, str], only: list[str] | None) -> list[tuple[str, str]]:
    return [(name, title) for name, title in all_of_them.items() if not only or name in only]


def _held(contest: ModuleType, rounds: int) -> list[Result]:
    """Hold a contest of at most so many rounds, or as many as its module says."""
    with ExitStack() as ending:
        folder = Path(ending.enter_context(tempfile.TemporaryDirectory()))
        taking_part = contest.contestants(ending, folder)
        times = measure(
            taking_part,
            calls=contest.CALLS,
            rounds=min(rounds, getattr(contest, "ROUNDS", rounds)),
            warm_up=getattr(contest, "WARM_UP", 3),
        )
    return results(taking_part, times, by=getattr(contest, "BY", "cpu"))


if __name__ == "__main__":
    sys.exit(main())
