"""`make down`: stops what `make up` started; harmless when nothing runs."""

import sys

from commands.compose_project import ComposeError, ComposeProject
from commands.engine import Engine, NoEngineError, find_engine
from commands.environment import BadVariableError, flag
from commands.lite_process import STOPPED_WITHIN_SECONDS, find_lite, stop_lite

STOP_SECONDS = 10
"""How long a container may take to end before the engine ends it."""


def main() -> int:
    """Stop the compose project and the lite process of this checkout."""
    try:
        volumes = flag("VOLUMES")
    except BadVariableError as problem:
        print(problem, file=sys.stderr)
        return 2
    stopped = down_lite()
    try:
        engine = find_engine()
    except NoEngineError as missing:
        if not stopped:
            print(f"Nothing of this checkout runs ({missing}).")
        return 0
    return down_full(engine, volumes=volumes)


def down_lite() -> bool:
    """Stop the lite version; return whether there was one."""
    lite = find_lite()
    if lite is None:
        return False
    if stop_lite(lite):
        print(f"The lite version (pid {lite.pid}) is stopped.")
    else:
        print(f"The lite version (pid {lite.pid}) was ended by force: it did not stop within")
        print(f"{STOPPED_WITHIN_SECONDS} s of SIGTERM.")
    return True


def down_full(engine: Engine, *, volumes: bool) -> int:
    """Remove the project's containers and networks, and its data if that is wanted."""
    # Every profile, also those that this shell does not name: nothing may be left behind.
    project = ComposeProject(engine, ("*",))
    words = ["down", "--remove-orphans", "--timeout", str(STOP_SECONDS)]
    try:
        if project.run(*words, *(["--volumes"] if volumes else [])) != 0:
            return 1
        project.left_out_file.unlink(missing_ok=True)
    except ComposeError as problem:
        print(problem, file=sys.stderr)
        return 1
    kept = "Its data is deleted." if volumes else "Its data is kept (VOLUMES=1 deletes it)."
    print(f"The stack {project.name} is stopped. {kept}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
