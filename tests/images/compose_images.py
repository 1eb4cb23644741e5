"""The images that compose needs: their names come from the shipped compose file alone."""

from __future__ import annotations

import dataclasses
import json
import os
import re
from pathlib import Path
from typing import Any

from tests.images.catalogue import version_of_tag
from tests.images.programs import run

ROOT = Path(__file__).parents[2]
COMPOSE_FILE = ROOT / "docker-compose.yml"


@dataclasses.dataclass(frozen=True)
class WantedImage:
    """An image under the name that compose, or a Dockerfile of ours, uses."""

    name: str
    # the compose service that builds it from a Dockerfile of this repository; "" for all others
    service: str = ""

    @property
    def repository(self) -> str:
        """The name without its tag."""
        return self.name.rpartition(":")[0]

    @property
    def tag(self) -> str:
        """The tag alone."""
        return self.name.rpartition(":")[2]

    @property
    def version(self) -> str:
        """The version in the tag."""
        return version_of_tag(self.tag)


def wanted_images(compose_file: Path = COMPOSE_FILE) -> list[WantedImage]:
    """All images of all profiles; a base image comes before what is built on it."""
    services = compose_configuration(compose_file)["services"]
    bases: dict[str, WantedImage] = {}
    pulled: dict[str, WantedImage] = {}
    built: dict[str, WantedImage] = {}
    for service, settings in sorted(services.items()):
        name = settings.get("image", "")
        build = settings.get("build")
        if build is None:
            pulled[name] = WantedImage(name)
        elif name not in built:
            built[name] = WantedImage(name, service)
            dockerfile = Path(build["context"]) / build.get("dockerfile", "Dockerfile")
            for base in base_images(dockerfile):
                bases[base] = WantedImage(base)
    return [*bases.values(), *pulled.values(), *built.values()]


def compose_configuration(compose_file: Path = COMPOSE_FILE) -> dict[str, Any]:
    """What compose makes of its file, with every profile."""
    arguments = ["--profile", "*", "config", "--format", "json"]
    said = run(["docker", "compose", "-f", compose_file, *arguments])
    configuration: dict[str, Any] = json.loads(said)
    return configuration


def base_images(dockerfile: Path) -> list[str]:
    """The images that a Dockerfile starts from, with its ARG defaults filled in."""
    if not dockerfile.is_file():
        return []
    text = dockerfile.read_text()
    defaults = dict(re.findall(r"^ARG\s+(\w+)=(\S+)", text, re.MULTILINE))
    stages = set(re.findall(r"^FROM\s.*\sAS\s+(\S+)", text, re.MULTILINE | re.IGNORECASE))
    found = []
    for name in re.findall(r"^FROM\s+(?:--\S+\s+)*(\S+)", text, re.MULTILINE | re.IGNORECASE):
        full = re.sub(r"\$\{?(\w+)\}?", lambda use: defaults.get(use[1], use[0]), name)
        if full not in {*stages, "scratch"}:
            found.append(full)
    return found


def versions_by_repository(root: Path = ROOT) -> dict[str, str]:
    """Repository -> version, read from the compose files' text where no compose can be asked."""
    versions = {}
    for file in [root / "docker-compose.yml", *sorted((root / "compose").glob("*.yml"))]:
        named = re.findall(r"^\s*image:\s*([^\s:]+):(\S+)", file.read_text(), re.MULTILINE)
        for repository, tag in named:
            chosen = re.sub(r"\$\{(\w+):?-([^}]*)\}", _variable_or_default, tag)
            if re.match(r"v?\d", chosen):
                versions[repository] = version_of_tag(chosen)
    return versions


def _variable_or_default(use: re.Match[str]) -> str:
    return os.environ.get(use[1]) or use[2]
