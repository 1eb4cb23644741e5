"""Compares what a program says of its version with the tag of its image."""

from __future__ import annotations

import re

from tests.images.programs import BuildError


def check_version(said: str, version: str, program: str) -> None:
    """Find the version in a program's own words and compare it with the tag's.

    A tag may name fewer parts than the program: 3.13 is met by 3.13.5.

    Raises:
        BuildError: if they differ.
    """
    found = re.search(r"\d+\.\d+(?:\.\d+)*", said)
    if found is None:
        raise BuildError(f"{program} tells no version: {said.strip()[:200]}")
    wanted = version.split(".")
    if found[0].split(".")[: len(wanted)] != wanted:
        raise BuildError(f"{program} is version {found[0]}, but its image's tag says {version}")
