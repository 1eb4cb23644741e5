"""Files of a Maven repository, had by Maven itself and kept where the built images are kept."""

import os
import shutil
import subprocess
from functools import cache
from pathlib import Path

from tests.images.cache import appears_whole, cache_directory

_PLUGIN = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy"
_MINUTES = 10


@cache
def maven_artifact(coordinates: str) -> tuple[Path | None, str]:
    """Return the file of some coordinates, or None and the reason why there is none.

    It is fetched where REQUIRE_STACK=1 says that nothing may be left out; elsewhere only what is
    there already is used, as it may be a hundred megabytes.

    Args:
        coordinates: ``group:artifact:version:type[:classifier]``.
    """
    folder = cache_directory() / "maven" / coordinates.replace(":", "-")
    found = _file_in(folder)
    if found is not None:
        return found, ""
    if os.environ.get("REQUIRE_STACK") != "1":
        return None, f"{coordinates} is not here yet (REQUIRE_STACK=1 fetches it)"
    if shutil.which("mvn") is None:
        return None, f"{coordinates} is not here, and mvn, which would fetch it, is not installed"
    with appears_whole(folder) as unfinished:
        done = subprocess.run(
            ["mvn", "-q", "-B", _PLUGIN, f"-Dartifact={coordinates}",
             f"-DoutputDirectory={unfinished}"],
            stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
            timeout=60 * _MINUTES,
        )  # fmt: skip
        if done.returncode:
            raise RuntimeError(f"mvn does not give {coordinates}: {done.stdout[-1000:]}")
    return _file_in(folder), f"{coordinates} is an empty folder"


def _file_in(folder: Path) -> Path | None:
    return next(iter(sorted(folder.iterdir())), None) if folder.is_dir() else None
