"""Debian packages of suites that are not this machine's: fetched, checked, unpacked.

An apt root of its own lies in the cache, so that neither the machine's sources nor its installed
packages change. The mirror and the keyring are the machine's: apt checks every package against
the signed index.
"""

from __future__ import annotations

import os
import re
import shutil
from functools import cache
from pathlib import Path

from tests.images.cache import cache_directory
from tests.images.catalogue import DebianPackages
from tests.images.programs import BuildError, run, run_logged
from tests.images.progress import say

SUITES = ("trixie", "sid")
# What a server written in Go asks of the C library: itself, its loader, host name look-ups.
C_LIBRARY = ("ld-linux*.so.*", "libc.so.6", "libresolv.so.2", "libnss_*.so.2")
# Named in the first bytes of a program that is linked at run time.
DYNAMIC_LOADER = b"/ld-linux"
KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")


class WrongVersionError(BuildError):
    """The source exists, but at another version than the tag asks for."""


def is_debian() -> bool:
    """Whether this machine is a Debian with apt."""
    release = Path("/etc/os-release")
    return (
        shutil.which("apt-get") is not None
        and release.is_file()
        and re.search(r'^ID="?debian"?$', release.read_text(), re.MULTILINE) is not None
    )


def debian_mirror() -> str:
    """The address from which this machine gets its Debian packages, out of apt's configuration.

    Raises:
        BuildError: if this is no Debian or apt has no Debian source.
    """
    if not is_debian():
        raise BuildError("this needs a Debian machine with apt")
    release = Path("/etc/os-release").read_text()
    codename = re.search(r'^VERSION_CODENAME="?(\w+)"?$', release, re.MULTILINE)
    wanted = {codename[1]} if codename else {"sid", "unstable", "testing"}
    shape = "$(RELEASE)|$(SITE)"
    targets = run(["apt-get", "indextargets", "--format", shape, "Created-By: Packages"])
    for target in targets.splitlines():
        suite, _, site = target.partition("|")
        if suite in wanted:
            return site
    suites = ", ".join(sorted(wanted))
    raise BuildError(f"apt has no source for {suites}: see `apt-get indextargets`")


def install_on_this_machine(*packages: str) -> None:
    """Install packages of the machine's own suite, for what only works installed."""
    if os.geteuid() != 0 or not is_debian():
        raise BuildError(f"install {' and '.join(packages)}, then try again")
    say(f"installing {', '.join(packages)} with apt-get")
    quiet = {"DEBIAN_FRONTEND": "noninteractive"}
    run(["apt-get", "update", "-qq"], env=quiet)
    run(["apt-get", "install", "-y", "-qq", "--no-install-recommends", *packages], env=quiet)


@cache
def _apt_configuration() -> Path:
    """The configuration of the apt root in the cache, its indexes brought up to date."""
    mirror = debian_mirror()
    root = cache_directory() / "apt"
    for directory in ("lists/partial", "archives/partial"):
        (root / directory).mkdir(parents=True, exist_ok=True)
    (root / "status").touch()
    (root / "sources.list").write_text(
        "".join(f"deb [signed-by={KEYRING}] {mirror} {suite} main\n" for suite in SUITES)
    )
    configuration = root / "apt.conf"
    configuration.write_text(
        f'Dir::Etc::sourcelist "{root}/sources.list";\n'
        'Dir::Etc::sourceparts "/dev/null";\n'
        'Dir::Etc::preferencesparts "/dev/null";\n'
        f'Dir::State::lists "{root}/lists";\n'
        f'Dir::State::status "{root}/status";\n'
        f'Dir::Cache "{root}";\n'
        'APT::Sandbox::User "root";\n'
        'Acquire::Languages "none";\n'
        'Acquire::IndexTargets::deb::DEP-11::DefaultEnabled "false";\n'
    )
    run_logged(
        ["apt-get", "update"],
        title=f"reading the package indexes of Debian {' and '.join(SUITES)}",
        log=root / "update.log",
        env={"APT_CONFIG": str(configuration)},
    )
    return configuration


def fetch_package(package: str, suite: str, *, newest: bool = True) -> Path:
    """Download one package, checked against the signed index, and return its file.

    Args:
        package: its name.
        suite: one of `SUITES`.
        newest: False if one fetched at some earlier time will do.
    """
    folder = cache_directory() / "apt" / "packages" / suite
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob(f"{package}_*.deb"):
        if not newest:
            return old
        old.unlink()
    configuration = _apt_configuration()
    run(
        ["apt-get", "download", f"{package}/{suite}"],
        cwd=folder,
        env={"APT_CONFIG": str(configuration)},
    )
    return next(folder.glob(f"{package}_*.deb"))


def unpack_package(package: str, suite: str, into: Path, *, newest: bool = True) -> str:
    """Unpack one package below `into` and return its full Debian version."""
    file = fetch_package(package, suite, newest=newest)
    run(["dpkg-deb", "-x", file, into])
    return run(["dpkg-deb", "-f", file, "Version"]).strip()


def upstream_version(debian_version: str) -> str:
    """The release inside a Debian version: 1:3.5.3+ds1-6 -> 3.5.3."""
    without_epoch = debian_version.rpartition(":")[2]
    without_revision = without_epoch.rpartition("-")[0] or without_epoch
    return re.split(r"[+~]", without_revision)[0]


def build_from_packages(source: DebianPackages, version: str, into: Path, work: Path) -> None:
    """Lay the files that `source` names out below `into`, as they lie in the image.

    Raises:
        WrongVersionError: if the suite has another version than `version`.
    """
    for package in source.packages:
        held = unpack_package(package, source.suite, work)
        if upstream_version(held) != version:
            raise WrongVersionError(f"Debian {source.suite} has {package} {held}, not {version}")
    for inside, path in source.files.items():
        target = into / path.lstrip("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        if (work / inside).is_dir():
            shutil.copytree(work / inside, target, symlinks=True)
        else:
            shutil.copy2(work / inside, target)
    if any(_is_linked_at_run_time(path) for path in into.rglob("*")):
        _add_c_library(source.suite, into, work / "c-library")


def _is_linked_at_run_time(path: Path) -> bool:
    if path.is_symlink() or not path.is_file():
        return False
    with path.open("rb") as program:
        return DYNAMIC_LOADER in program.read(4096)


def _add_c_library(suite: str, into: Path, work: Path) -> None:
    """Add the suite's C library at the places where programs look for it."""
    unpack_package("libc6", suite, work)
    found = [path for pattern in C_LIBRARY for path in work.rglob(pattern)]
    if not any(path.name == "libc.so.6" for path in found):
        raise BuildError("Debian's libc6 package no longer holds libc.so.6")
    for path in found:
        target = into / path.relative_to(work).as_posix().removeprefix("usr/")
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(path, target, follow_symlinks=False)
