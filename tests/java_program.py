"""Which Java is on this machine: servers from Maven need one of at least some version."""

import os
import re
import subprocess
from functools import cache
from pathlib import Path

_FEATURE = re.compile(r'version "(\d+)')


@cache
def java_home(least: int) -> Path | None:
    """Return the home of the oldest Java of at least a version, None when there is none.

    ``JAVA_HOME`` is asked first, then where Linux distributions put theirs.
    """
    given = os.environ.get("JAVA_HOME")
    homes = [Path(given)] if given else []
    homes += sorted(Path("/usr/lib/jvm").glob("*"))
    found = [(version, home) for home in homes if (version := _version(home)) >= least]
    return min(found, key=lambda each: each[0])[1] if found else None


def _version(home: Path) -> int:
    program = home / "bin" / "java"
    if not program.exists():
        return 0
    said = subprocess.run([program, "-version"], capture_output=True, text=True, check=False)
    match = _FEATURE.search(said.stderr)
    return int(match[1]) if match else 0
