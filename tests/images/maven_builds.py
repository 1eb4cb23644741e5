"""Servers written in Java: an archive out of a Maven repository in a small Debian system."""

from __future__ import annotations

import hashlib
import json
import shutil
import stat
import zipfile
from pathlib import Path

from tests.images import base_image
from tests.images.cache import appears_whole, cache_directory, log_file
from tests.images.catalogue import MANIFESTS, Bootstrap, MavenServer, fill_in
from tests.images.debian_packages import install_on_this_machine
from tests.images.programs import run, run_logged
from tests.images.progress import say

_FETCH = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy"
_EXECUTABLE = 0o755


def fetch_artifact(coordinates: str) -> Path:
    """Return the file of some coordinates; Maven checks it against the repository's checksum.

    Args:
        coordinates: ``group:artifact:version:type[:classifier]``.
    """
    folder = cache_directory() / "maven" / coordinates.replace(":", "-")
    if not folder.is_dir():
        if shutil.which("mvn") is None:
            install_on_this_machine("maven")
        with appears_whole(folder) as unfinished:
            run_logged(
                ["mvn", "-B", "-q", _FETCH, f"-Dartifact={coordinates}",
                 f"-DoutputDirectory={unfinished}"],
                title=f"fetching {coordinates}", log=log_file("maven"), cwd=unfinished,
            )  # fmt: skip
    return next(iter(sorted(folder.iterdir())))


def build_server(source: MavenServer, version: str, into: Path) -> None:
    """Fill `into` with the Debian system of `source` and its server (needs root)."""
    archive = fetch_artifact(fill_in(source.artifact, version))
    run(["cp", "-a", f"{_system(source)}/.", into])
    _unpack(archive, into / source.unpacked_at.lstrip("/"), top_folder=source.top_folder)
    for script, path in source.scripts.items():
        target = into / path.lstrip("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(MANIFESTS / script, target)
        target.chmod(_EXECUTABLE)


def _system(source: MavenServer) -> Path:
    """The Debian system alone: the same for all servers that ask for the same packages."""
    plain = Bootstrap(source.suite, source.include, source.links, source.remove)
    asked = json.dumps([plain.suite, plain.include, dict(plain.links), plain.remove])
    name = hashlib.sha256(asked.encode()).hexdigest()[:8]
    final = cache_directory() / "bundles" / "debian" / f"{source.suite}-{name}"
    if final.is_dir():
        say(f"the Debian {source.suite} with {', '.join(source.include)} is there already")
        return final
    with appears_whole(final) as unfinished:
        base_image.bootstrap(plain, unfinished)
    return final


def _unpack(archive: Path, into: Path, *, top_folder: bool) -> None:
    """Unpack an archive with the modes that it has for its files."""
    with zipfile.ZipFile(archive) as packed:
        for entry in packed.infolist():
            path = Path(entry.filename)
            parts = path.parts[1:] if top_folder else path.parts
            if not parts or path.is_absolute() or ".." in parts:
                continue
            target = into.joinpath(*parts)
            if entry.is_dir():
                target.mkdir(parents=True, exist_ok=True)
                continue
            target.parent.mkdir(parents=True, exist_ok=True)
            with packed.open(entry) as content, target.open("wb") as file:
                shutil.copyfileobj(content, file)
            mode = stat.S_IMODE(entry.external_attr >> 16)
            target.chmod(mode & _EXECUTABLE | 0o644)
