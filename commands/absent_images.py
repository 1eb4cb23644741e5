"""Leaves out the services whose image is not to be had on this machine, and says so.

Some machines reach package registries but no image registry. `make images` builds nearly every
server there; the few that cannot be built are left out, by an override beside the shipped file.
"""

import subprocess
from collections.abc import Iterable, Mapping
from typing import Any

from commands.compose_project import ComposeProject

MAY_BE_LEFT_OUT = frozenset({"grafana", "kibana"})
"""Nothing else in the stack waits for these, so the rest proves itself without them."""

_OFF = "image-not-to-be-had"


class ImagesNotToBeHadError(Exception):
    """A service that the stack cannot do without has no image here."""


def present(image: str) -> bool:
    """Return whether the engine has an image already."""
    return _docker("image", "inspect", "--format", "{{.Id}}", image) == 0


def absent_services(services: Mapping[str, Any]) -> list[str]:
    """Return the services whose image is neither here nor built from this checkout."""
    known: dict[str, bool] = {}
    for service in services.values():
        image = service.get("image", "")
        if image and "build" not in service and image not in known:
            known[image] = present(image)
    return [name for name, s in services.items() if known.get(s.get("image", ""), True) is False]


def get_images(project: ComposeProject) -> list[str]:
    """Pull what is missing; return the services that have to be left out.

    Raises:
        ImagesNotToBeHadError: naming the images that are needed and missing.
    """
    services = project.config["services"]
    absent = absent_services(services)
    if absent:
        print("Pulling the images that are not here yet ...", flush=True)
        words = ("pull", "--policy", "missing", "--ignore-buildable", "--ignore-pull-failures")
        project.run(*words, *absent)
        absent = absent_services(services)
    needed = [name for name in absent if name not in MAY_BE_LEFT_OUT]
    if needed:
        lines = "\n".join(f"  {name}: {services[name]['image']}" for name in needed)
        raise ImagesNotToBeHadError(
            "These images are neither here nor to be pulled:\n"
            f"{lines}\n"
            "If this machine reaches no image registry: `make images` builds them."
        )
    return absent


def built_services(services: Mapping[str, Any]) -> list[str]:
    """Return one service for each image that is built from this checkout.

    Several services run the same image; building it for each of them makes as many copies.
    """
    first: dict[str, str] = {}
    for name, service in services.items():
        if "build" in service:
            first.setdefault(service.get("image", name), name)
    return list(first.values())


def leave_out(project: ComposeProject, services: Iterable[str]) -> None:
    """Write, or remove, the override that switches services off in this project."""
    file = project.left_out_file
    off = [*services]
    if not off:
        file.unlink(missing_ok=True)
        return
    file.parent.mkdir(parents=True, exist_ok=True)
    lines = ["# Written by `make up`: these images were not to be had when it ran.", "services:"]
    # Without the tag the profile that a service has would stay, and switch it on.
    lines += [f"  {name}: {{profiles: !override [{_OFF}]}}" for name in off]
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _docker(*words: str) -> int:
    return subprocess.run(
        ("docker", *words),
        check=False,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ).returncode
