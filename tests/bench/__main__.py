"""Measure what telemetry costs: ``make bench``."""

import argparse
import os
import sys
import tempfile
import warnings
from contextlib import ExitStack
from importlib import import_module
from pathlib import Path

import orjson
from rich.console import Console

from tests.bench.bench_table import Machine, document, show, show_machine
from tests.bench.rounds import measure, results

#: Module and title of each contest.
CONTESTS = {
    "model_call": "One recorded model call",
    "asgi_request": "One ASGI request, beyond the app's own time",
    "log_line": "One JSON log line",
    "import_time": "Import, in a process of its own",
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
    parser.add_argument("--only", choices=CONTESTS, action="append", help="one contest, or more")
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
    for name, title in CONTESTS.items():
        if chosen.only and name not in chosen.only:
            continue
        try:
            contest = import_module(f"tests.bench.{name}")
        except ModuleNotFoundError as missing:
            console.print(f"{missing.name} is missing: `make bench` installs what is needed.")
            return 2
        rounds = min(chosen.rounds, getattr(contest, "ROUNDS", chosen.rounds))
        with ExitStack() as ending:
            folder = Path(ending.enter_context(tempfile.TemporaryDirectory()))
            taking_part = contest.contestants(ending, folder)
            times = measure(taking_part, calls=contest.CALLS, rounds=rounds, warm_up=3)
        found[name] = results(taking_part, times)
        show(console, title, found[name], "ms" if name == "import_time" else "µs")
    if chosen.json:
        REPORT.parent.mkdir(exist_ok=True)
        REPORT.write_bytes(orjson.dumps(document(machine, found), option=orjson.OPT_INDENT_2))
        console.print(f"Written to {REPORT}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
