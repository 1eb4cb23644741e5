"""A bundle: the files of one image that had to be built or fetched, laid out as in the image.

Bundles are kept in the cache by version, so that a second run only puts images together.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
import tempfile
from pathlib import Path

from tests.images import base_image, debian_packages, go_builds, maven_builds
from tests.images.cache import (
    appears_whole,
    cache_directory,
    only_one_at_a_time,
    scratch_directory,
)
from tests.images.catalogue import (
    MANIFESTS,
    Bootstrap,
    CatalogueError,
    CollectorBuild,
    DebianPackages,
    GoModule,
    Image,
    MavenServer,
    Source,
    load_catalogue,
)
from tests.images.programs import BuildError, run
from tests.images.progress import say, step
from tests.images.version import check_version


def bundle_fingerprint(image: Image) -> str:
    """Changes when the way to build the files does."""
    recipe: list[object] = [dataclasses.asdict(source) for source in image.sources]
    recipe += [
        (MANIFESTS / source.manifest).read_text()
        for source in image.sources
        if isinstance(source, CollectorBuild)
    ]
    recipe += [
        (MANIFESTS / script).read_text()
        for source in image.sources
        if isinstance(source, MavenServer)
        for script in source.scripts
    ]
    text = json.dumps(recipe, sort_keys=True, default=dict)
    return hashlib.sha256(text.encode()).hexdigest()


def bundle(image: Image, version: str) -> Path:
    """The directory with the image's own files, built now unless the cache has it.

    Raises:
        BuildError: if none of the sources in the table gives this version.
    """
    final = _place(image, version)
    if final.is_dir():
        return final
    failures = []
    for source in image.sources:
        try:
            with (
                step(f"{image.repository} {version}: making its files ({_describe(source)})"),
                appears_whole(final) as unfinished,
            ):
                _build(source, version, unfinished)
                if not isinstance(source, Bootstrap):
                    _check_on_this_machine(image, version, unfinished)
        except BuildError as error:
            failures.append(f"{_describe(source)}: {error}")
            say(f"{image.repository} {version}: {failures[-1]}")
        else:
            return final
    raise BuildError(
        f"{image.repository} {version} cannot be made here:\n  " + "\n  ".join(failures)
    )


def _place(image: Image, version: str) -> Path:
    name = image.repository.replace("/", "-")
    return cache_directory() / "bundles" / name / f"{version}-{bundle_fingerprint(image)[:8]}"


def tool(name: str, versions: dict[str, str]) -> Path:
    """The program `name` out of an image, to be run on this machine.

    One that is there already is had at once; only making it waits for a `make images` at work.

    Args:
        name: file name of a program in the table, for example promtool.
        versions: repository -> version that compose pins.
    """
    for image in load_catalogue().values():
        if name in image.programs():
            if image.repository not in versions:
                raise BuildError(f"compose does not use {image.repository}, which has {name}")
            version = image.built_version or versions[image.repository]
            files = _place(image, version)
            if not files.is_dir():
                with only_one_at_a_time():
                    files = bundle(image, version)
            return files / image.programs()[name].lstrip("/")
    known = sorted(name for image in load_catalogue().values() for name in image.programs())
    raise CatalogueError(f"no image in the table has a program {name}; known: {', '.join(known)}")


def _build(source: Source, version: str, into: Path) -> None:
    with tempfile.TemporaryDirectory(dir=scratch_directory()) as name:
        work = Path(name)
        match source:
            case DebianPackages():
                debian_packages.build_from_packages(source, version, into, work)
            case GoModule():
                go_builds.build_module(source, version, into, work)
            case CollectorBuild():
                go_builds.build_collector(source, version, into, work)
            case MavenServer():
                maven_builds.build_server(source, version, into)
            case Bootstrap():
                base_image.bootstrap(source, into)


def _check_on_this_machine(image: Image, version: str, files: Path) -> None:
    program, *arguments = image.version_command
    path = files / program.lstrip("/")
    if not os.access(path, os.X_OK):
        raise BuildError(f"it gave no program {program}")
    check_version(run([path, *arguments]), version, program)


def _describe(source: Source) -> str:
    match source:
        case DebianPackages():
            return f"packages of Debian {source.suite}"
        case GoModule():
            return f"Go module {source.module}"
        case CollectorBuild():
            return f"collector builder, {source.manifest}"
        case MavenServer():
            return f"Maven's {source.artifact}"
        case Bootstrap():
            return f"debootstrap {source.suite}"
