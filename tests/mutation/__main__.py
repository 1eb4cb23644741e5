"""``python -m tests.mutation [PART OF A NAME]``: change each rule wrongly; a case must notice.

Exits 1 when a wrong rule survives that survivors.toml does not explain, or when that file explains
one that does not survive any more.
"""

import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.progress import track

from tests.mutation.mutation_run import survivors, trials
from tests.mutation.survivors import known


def main(arguments: list[str]) -> int:
    """Run the trials; return the exit code."""
    console = Console()
    only = arguments[0] if arguments else ""
    todo = list(trials(only))
    if not todo:
        console.print(f"No rule has {only!r} in its name.")
        return 2
    reasons = known()
    with tempfile.TemporaryDirectory() as folder:
        ended = track(survivors(todo, Path(folder)), "wrong rules", len(todo), console=console)
        alive = [trial.key for trial, survives in ended if survives]
    unexplained = [key for key in alive if key not in reasons]
    stale = sorted(set(reasons).intersection(t.key for t in todo) - set(alive))
    if not only:
        stale = sorted(set(reasons) - set(alive))
    for key in unexplained:
        console.print(f"survived: {key}", markup=False, highlight=False)
    for key in stale:
        console.print(f"no survivor, take it out of survivors.toml: {key}", markup=False)
    console.print(
        f"{len(todo)} wrong rules: {len(todo) - len(alive)} noticed, "
        f"{len(alive) - len(unexplained)} explained, {len(unexplained)} survived."
    )
    return 1 if unexplained or stale else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
