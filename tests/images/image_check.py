"""Checks of an image in the engine, for the build itself and for the tests of the stack."""

from __future__ import annotations

import json
import subprocess
import tarfile
from typing import Any

from tests.images.catalogue import Image, load_catalogue
from tests.images.compose_images import WantedImage, wanted_images
from tests.images.programs import BuildError, run
from tests.images.version import check_version

SHELLS_AND_FETCHERS = frozenset({"sh", "bash", "ash", "dash", "busybox", "wget", "curl"})


def images_that_can_be_had() -> list[tuple[WantedImage, Image]]:
    """Every image of the compose file that can be made here, with its row in the table."""
    rows = load_catalogue()
    return [
        (wanted, rows[wanted.repository])
        for wanted in wanted_images()
        if not wanted.service and not rows[wanted.repository].unavailable
    ]


def check_image(wanted: WantedImage, image: Image) -> None:
    """Check an image against its tag and its row in the table.

    Raises:
        BuildError: if the version, the entrypoint, the user, a directory, or the presence of a
            shell differs.
    """
    check_version_in_image(wanted, image)
    check_outside(wanted, image)
    check_files(wanted, image)


def check_version_in_image(wanted: WantedImage, image: Image) -> None:
    """Run the program in the image and compare its version with the tag."""
    program, *arguments = image.version_command
    docker_run = ["docker", "run", "--rm", "--network=none", "--entrypoint"]
    said = run([*docker_run, program, wanted.name, *arguments])
    check_version(said, image.built_version or wanted.version, f"{program} in {wanted.name}")


def check_outside(wanted: WantedImage, image: Image) -> None:
    """Compare entrypoint, command, user, working directory and volumes with the table."""
    settings = json.loads(run(["docker", "image", "inspect", wanted.name]))[0]["Config"]
    expected = {
        "Entrypoint": list(image.entrypoint),
        "Cmd": list(image.command),
        "User": image.user,
        "WorkingDir": image.workdir,
        "Volumes": sorted(image.volumes),
    }
    for key, value in expected.items():
        held = settings.get(key) or ("/" if key == "WorkingDir" else type(value)())
        if (sorted(held) if key == "Volumes" else held) != value:
            raise BuildError(f"{wanted.name}: {key} is {held!r}, the table says {value!r}")


def check_files(wanted: WantedImage, image: Image) -> None:
    """Compare the directories' owners and modes, and the absence of a shell, with the table."""
    entries = files_in_image(wanted.name)
    for directory in image.directories:
        user, group, mode = directory.numbers()
        entry = entries.get(directory.path.strip("/"))
        if entry is None or (entry.uid, entry.gid, entry.mode) != (user, group, mode):
            raise BuildError(
                f"{wanted.name}: {directory.path} is not {directory.owner} {directory.mode}"
            )
    found = sorted(path for path in entries if path.rpartition("/")[2] in SHELLS_AND_FETCHERS)
    if found and not image.shell:
        raise BuildError(f"{wanted.name}: the real image has none of {', '.join(found)}")
    if image.shell and "bin/sh" not in {path.removeprefix("usr/") for path in found}:
        raise BuildError(f"{wanted.name}: the real image has a shell, this one has none")


def files_in_image(name: str) -> dict[str, tarfile.TarInfo]:
    """Every path in an image, without a leading slash; nothing of it is run."""
    container = run(["docker", "create", "--network=none", name, "nothing"]).strip()
    try:
        with subprocess.Popen(
            ["docker", "export", container], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE
        ) as export:
            stream: Any = export.stdout
            with tarfile.open(fileobj=stream, mode="r|") as tar:
                return {entry.name.removeprefix("./").rstrip("/"): entry for entry in tar}
    finally:
        run(["docker", "rm", "--volumes", container])
