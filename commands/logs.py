"""`make logs`: the last log lines of what runs, and with FOLLOW=1 those to come."""

import sys
import time
from collections.abc import Iterator
from pathlib import Path

from commands.compose_project import ComposeError, ComposeProject
from commands.engine import NoEngineError, find_engine
from commands.environment import BadVariableError, flag, variables
from commands.lite_process import LiteProcess, find_lite

LINES = 100

_POLL_SECONDS = 0.5


def main() -> int:
    """Print log lines; follow by default in a terminal only, so that pipes come to an end."""
    try:
        follow = flag("FOLLOW", default=sys.stdout.isatty())
        lite = find_lite()
        if lite is not None:
            return _lite_logs(lite, follow=follow)
        return _compose_logs(follow=follow)
    except (BadVariableError, ComposeError) as problem:
        print(problem, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 0


def _compose_logs(*, follow: bool) -> int:
    try:
        project = ComposeProject(find_engine(), ("*",))
    except NoEngineError as missing:
        print(f"Nothing of this checkout runs ({missing}).")
        return 0
    if not project.containers():
        print(f"Nothing of {project.name} runs: make up starts it.")
        return 0
    words = ["logs", "--tail", str(LINES), *(["--follow"] if follow else [])]
    return project.run(*words, *variables().get("SERVICE", "").split())


def _lite_logs(lite: LiteProcess, *, follow: bool) -> int:
    records = lite.logs / f"app-{lite.pid}.jsonl"
    for file in (lite.output, records):
        if file.exists():
            lines = file.read_text(encoding="utf-8", errors="replace").splitlines(keepends=True)
            sys.stdout.writelines(lines[-LINES:])
    sys.stdout.flush()
    if follow:
        for part in _growth(records, lite):
            sys.stdout.write(part)
            sys.stdout.flush()
    return 0


def _growth(file: Path, lite: LiteProcess) -> Iterator[str]:
    """Yield what is appended to a log file until the process behind it ends."""
    position = file.stat().st_size if file.exists() else 0
    while True:
        alive = lite.process is not None
        part = b""
        if file.exists():
            with file.open("rb") as records:
                # Rotated: the file of that name has begun anew.
                if file.stat().st_size < position:
                    position = 0
                records.seek(position)
                part = records.read()
            position += len(part)
        if part:
            yield part.decode(errors="replace")
        elif not alive:
            return
        else:
            time.sleep(_POLL_SECONDS)


if __name__ == "__main__":
    sys.exit(main())
