"""A Debian system in a directory: what an image is made of that has no package of its own."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from tests.images import host_certificates
from tests.images.cache import log_file
from tests.images.catalogue import Bootstrap, Image
from tests.images.debian_packages import KEYRING, debian_mirror, install_on_this_machine
from tests.images.programs import BuildError, run, run_logged

# What a running container gets from the engine, and what only a package manager needs.
NOT_IN_THE_IMAGE = ("dev", "proc", "sys", "var/cache/apt", "var/lib/apt/lists")


def bootstrap(source: Bootstrap, into: Path) -> None:
    """Fill `into` with the Debian system that `source` describes (needs root)."""
    if os.geteuid() != 0:
        raise BuildError("debootstrap needs root: run `make images` as root")
    if shutil.which("debootstrap") is None:
        install_on_this_machine("debootstrap")
    run_logged(
        ["debootstrap", "--variant=minbase", f"--include={','.join(source.include)}",
         f"--keyring={KEYRING}", source.suite, into, debian_mirror()],
        title=f"bootstrapping Debian {source.suite}", log=log_file("debootstrap"),
    )  # fmt: skip
    for path, target in source.links.items():
        link = into / path.lstrip("/")
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(target)
    for pattern in source.remove:
        for found in into.glob(pattern):
            found.unlink()
    for name in NOT_IN_THE_IMAGE:
        shutil.rmtree(into / name, ignore_errors=True)
        (into / name).mkdir()
    (into / "var/cache/apt/archives/partial").mkdir(parents=True)
    (into / "var/lib/apt/lists/partial").mkdir()


def add_outside(system: Path, image: Image) -> None:
    """Give the system in a directory the accounts and directories that the real image has."""
    for kind, line in (("passwd", "{name}:x:{uid}:{uid}::/:/bin/sh"), ("group", "{name}:x:{uid}:")):
        file = system / "etc" / kind
        known = {entry.partition(":")[0] for entry in file.read_text().splitlines()}
        with file.open("a") as text:
            for name, uid in image.accounts.items():
                if name not in known:
                    text.write(line.format(name=name, uid=uid) + "\n")
    for directory in image.directories:
        path = system / directory.path.lstrip("/")
        path.mkdir(parents=True, exist_ok=True)
        user, group, mode = directory.numbers()
        os.chown(path, user, group)
        path.chmod(mode)


def trust_the_same(system: Path) -> dict[str, str]:
    """Make the Debian in `system` trust what this machine trusts.

    Returns:
        The environment variables that the image then needs: pip asks the system, uv only a
        bundle that it is told of. None where the machine has no authority of its own.
    """
    if not host_certificates.has_own_authority():
        return {}
    authorities = system / host_certificates.LOCAL_DIRECTORY.relative_to("/")
    authorities.mkdir(parents=True, exist_ok=True)
    for number, authority in enumerate(host_certificates.own_authorities()):
        shutil.copyfile(authority, authorities / f"{number}-{authority.name}")
    run(["chroot", system, "update-ca-certificates"])
    if file := host_certificates.bundle():
        shutil.copyfile(file, system / host_certificates.SYSTEM_BUNDLE.relative_to("/"))
    return {"SSL_CERT_FILE": str(host_certificates.SYSTEM_BUNDLE)}
