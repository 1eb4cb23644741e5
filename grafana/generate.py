"""Write dashboards/*.json from the Python beside this file.

``python -m grafana.generate`` writes the committed files; with ``--check`` it only compares and
exits 1 on a difference.
"""

import argparse
import sys
from pathlib import Path

from grafana_foundation_sdk.cog.encoder import JSONEncoder

from grafana import agent_performance_monitor
from grafana.performance_queries import UID as PERFORMANCE

DASHBOARDS = Path(__file__).parent / "dashboards"
_BUILDERS = {PERFORMANCE: agent_performance_monitor.build}


def files() -> dict[str, str]:
    """Return every dashboard file, its name → its text."""
    encoder = JSONEncoder(sort_keys=True, indent=2)
    return {f"{uid}.json": encoder.encode(build()) + "\n" for uid, build in _BUILDERS.items()}


def drift(wanted: dict[str, str]) -> list[str]:
    """Return the names of files that are missing, differ or should not be there."""
    there = {path.name for path in DASHBOARDS.glob("*.json")}
    differing = [
        name
        for name, text in wanted.items()
        if name not in there or (DASHBOARDS / name).read_text("utf-8") != text
    ]
    return sorted({*differing, *(there - wanted.keys())})


def main(arguments: list[str] | None = None) -> int:
    """Write or check the dashboards; return the exit code."""
    parser = argparse.ArgumentParser(description="Write the Grafana dashboards.")
    parser.add_argument("--check", action="store_true", help="only compare; exit 1 on a difference")
    given = parser.parse_args(arguments)
    wanted = files()
    differing = drift(wanted)
    if given.check:
        for name in differing:
            print(f"{DASHBOARDS / name}: run python -m grafana.generate", file=sys.stderr)
        return 1 if differing else 0
    DASHBOARDS.mkdir(exist_ok=True)
    for name in differing:
        if name in wanted:
            (DASHBOARDS / name).write_text(wanted[name], "utf-8")
        else:
            (DASHBOARDS / name).unlink()
    return 0


if __name__ == "__main__":
    sys.exit(main())
