"""`make lite`: the lite version in the foreground, until Ctrl-C."""

import os
import sys
from typing import NoReturn

from commands.checkout import ROOT
from commands.environment import BadVariableError, port
from commands.lite_process import (
    MODULE,
    LiteError,
    find_lite,
    lite_environment,
    refuse_busy_port,
    remember,
)
from commands.up import APP_PORT


def main() -> int:
    """Become the lite version; return only if it cannot be started."""
    running = find_lite()
    if running is not None:
        print(f"The lite version runs already at {running.url} (pid {running.pid}): make down")
        return 1
    try:
        wanted = port("APP_PORT", APP_PORT)
        refuse_busy_port(wanted)
    except (BadVariableError, LiteError) as problem:
        print(problem, file=sys.stderr)
        return 1
    # The process keeps its pid when it becomes another program, so that the smoke test and
    # `make down` in another terminal find it.
    remember(os.getpid(), wanted)
    print(f"http://localhost:{wanted} (Ctrl-C ends it)", flush=True)
    return become_lite(wanted)


def become_lite(wanted: int) -> NoReturn:
    """Replace this process by the lite version."""
    os.chdir(ROOT)
    words = (sys.executable, "-m", MODULE)
    os.execve(sys.executable, words, lite_environment(wanted))  # noqa: S606 -- no shell wanted


if __name__ == "__main__":
    sys.exit(main())
