"""What is known of each image: how it is made and what the real one looks like.

The facts are data, in `catalogue.toml`. No version is among them: versions come from the tags in
the compose file. A `…_version` template may use {version} (3.5.3), {major}, {minor} and {patch}.
"""

from __future__ import annotations

import dataclasses
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

CATALOGUE = Path(__file__).with_name("catalogue.toml")
MANIFESTS = Path(__file__).with_name("manifests")

Record = TypeVar("Record")


class CatalogueError(ValueError):
    """The table has a row that cannot be meant; the message names the row and the key."""


@dataclasses.dataclass(frozen=True)
class DebianPackages:
    """Programs out of Debian packages, which are unpacked and not installed."""

    suite: str
    packages: tuple[str, ...]
    # path in the packages -> path in the image; a directory is copied whole
    files: Mapping[str, str]


@dataclasses.dataclass(frozen=True)
class GoModule:
    """Programs built in the directory of a published Go module, with the module's own go.sum."""

    module: str
    # package below the module -> path of its program in the image
    programs: Mapping[str, str]
    module_version: str = "v{version}"
    # added to {minor}: a project may number its module unlike its releases
    minor_offset: int = 0
    build_tags: tuple[str, ...] = ()
    # string variables set by the linker -> template of their value
    link: Mapping[str, str] = dataclasses.field(default_factory=dict)
    # file in the module -> path in the image
    files: Mapping[str, str] = dataclasses.field(default_factory=dict)
    # files the build needs that the published module lacks -> their text
    write: Mapping[str, str] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True)
class GoModuleWithPage(GoModule):
    """A Go module whose web page has to be built by npm first, from the module's own source."""

    # script of the module's package.json, run after `npm ci`
    npm_script: str = "build"


@dataclasses.dataclass(frozen=True)
class CollectorBuild:
    """An OpenTelemetry Collector put together by its own builder from a manifest."""

    # file in `manifests/`; {version} and {stable_version} are filled in
    manifest: str
    program: str


@dataclasses.dataclass(frozen=True)
class Bootstrap:
    """A small Debian system, changed in a few places to look like the real image."""

    suite: str
    include: tuple[str, ...]
    # path of a symbolic link in the image -> what it points at
    links: Mapping[str, str] = dataclasses.field(default_factory=dict)
    # glob patterns of what is deleted, relative to the root
    remove: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True)
class MavenServer(Bootstrap):
    """A server that Maven has as one archive, unpacked into a small Debian system with Java."""

    # group:artifact:{version}:type[:classifier]
    artifact: str = ""
    # directory of the image that takes what is in the archive
    unpacked_at: str = ""
    # whether the archive has one folder at its top, which is left out
    top_folder: bool = False
    # script in `manifests/` -> path in the image
    scripts: Mapping[str, str] = dataclasses.field(default_factory=dict)


Source = DebianPackages | GoModule | CollectorBuild | Bootstrap

KINDS: Mapping[str, type[Source]] = {
    "debian": DebianPackages,
    "go-module": GoModule,
    "go-module-with-page": GoModuleWithPage,
    "collector": CollectorBuild,
    "bootstrap": Bootstrap,
    "maven": MavenServer,
}


@dataclasses.dataclass(frozen=True)
class Directory:
    """A directory that the real image holds; an empty named volume takes its owner and mode."""

    path: str
    owner: str
    mode: str

    def numbers(self) -> tuple[int, int, int]:
        """User id, group id and mode."""
        user, group = self.owner.split(":")
        return int(user), int(group), int(self.mode, 8)


@dataclasses.dataclass(frozen=True)
class Image:
    """One row: the real image's outside, and the ways to make it, tried in their order."""

    repository: str
    # why it cannot be made here; then everything below is empty
    unavailable: str = ""
    # the version that is built instead of the tag's own, where only that one is to be had
    built_version: str = ""
    version_command: tuple[str, ...] = ()
    entrypoint: tuple[str, ...] = ()
    command: tuple[str, ...] = ()
    user: str = ""
    workdir: str = "/"
    environment: Mapping[str, str] = dataclasses.field(default_factory=dict)
    ports: tuple[str, ...] = ()
    volumes: tuple[str, ...] = ()
    # /bin/sh and wget, which health checks may use
    shell: bool = False
    # bash beside them, which opens connections itself
    bash: bool = False
    timezones: bool = False
    # names in /etc/passwd beside root -> their number, also their group's
    accounts: Mapping[str, int] = dataclasses.field(default_factory=dict)
    directories: tuple[Directory, ...] = ()
    sources: tuple[Source, ...] = ()

    def programs(self) -> dict[str, str]:
        """The programs that the table names: file name -> path in the image."""
        paths: list[str] = []
        for source in self.sources:
            if isinstance(source, DebianPackages):
                paths += [path for path in source.files.values() if "/bin/" in path]
            elif isinstance(source, GoModule):
                paths += source.programs.values()
            elif isinstance(source, CollectorBuild):
                paths.append(source.program)
        return {Path(path).name: path for path in paths}


def load_catalogue(path: Path = CATALOGUE) -> dict[str, Image]:
    """Read the table: repository -> row.

    Raises:
        CatalogueError: for an unknown key, a missing one, or a repository with two rows.
    """
    rows: dict[str, Image] = {}
    for data in tomllib.loads(path.read_text())["image"]:
        where = f"{path.name}, {data.get('repository', 'a row without repository')}"
        sources = tuple(_source(item, where) for item in data.pop("source", []))
        directories = tuple(
            _record(Directory, item, where) for item in data.pop("directories", [])
        )  # fmt: skip
        row = _record(Image, {**data, "sources": sources, "directories": directories}, where)
        if row.repository in rows:
            raise CatalogueError(f"{where}: has two rows")
        if bool(row.unavailable) == bool(row.sources):
            raise CatalogueError(f"{where}: give either a source or a reason why it is unavailable")
        rows[row.repository] = row
    return rows


def version_of_tag(tag: str) -> str:
    """The version in a tag: v3.5.3 -> 3.5.3, 3.13-slim-trixie -> 3.13.

    Raises:
        CatalogueError: if the tag does not begin with a number.
    """
    found = re.match(r"v?(\d+(?:\.\d+)*)", tag)
    if found is None:
        raise CatalogueError(f"the tag '{tag}' names no version: compose has to pin one")
    return found[1]


def fill_in(template: str, version: str, *, minor_offset: int = 0, **more: str) -> str:
    """Fill a version template; parts that the version lacks count as 0."""
    major, minor, patch = ([int(part) for part in version.split(".")] + [0, 0])[:3]
    return template.format(
        version=version, major=major, minor=minor + minor_offset, patch=patch, **more
    )


def _source(data: dict[str, Any], where: str) -> Source:
    kind = data.pop("kind", None)
    if kind not in KINDS:
        raise CatalogueError(f"{where}: source kind '{kind}' is none of {', '.join(KINDS)}")
    return _record(KINDS[kind], data, where)


def _record(cls: type[Record], data: Mapping[str, Any], where: str) -> Record:
    known = {field.name for field in dataclasses.fields(cls)}  # type: ignore[arg-type]
    if unknown := sorted(set(data) - known):
        raise CatalogueError(f"{where}: {cls.__name__} has no key {', '.join(unknown)}")
    frozen = {key: tuple(item) if isinstance(item, list) else item for key, item in data.items()}
    try:
        return cls(**frozen)
    except TypeError as error:
        raise CatalogueError(f"{where}: {error}") from error
