"""The file tree of an image without a distribution in it, written as a tar file.

It holds the bundle, the directories that the real image has, certificates, and only where the
real image has them busybox with its links and time zones.
"""

from __future__ import annotations

import io
import tarfile
from pathlib import Path, PurePosixPath

from tests.images import host_certificates
from tests.images.catalogue import Image
from tests.images.debian_packages import unpack_package
from tests.images.programs import run


class ImageTree:
    """A tar file in the making; owners and modes are those of the image, not of this machine."""

    def __init__(self, file: Path) -> None:
        self._tar = tarfile.open(file, "w", dereference=False)  # noqa: SIM115
        self._made: set[str] = set()

    def close(self) -> None:
        """Finish the tar file."""
        self._tar.close()

    def directory(self, path: str, user: int = 0, group: int = 0, mode: int = 0o755) -> None:
        """Add a directory; parents are added as root's. The first call for a path counts."""
        name = path.strip("/")
        if name in {"", "."} or name in self._made:
            return
        self.directory(str(PurePosixPath(name).parent))
        self._made.add(name)
        entry = tarfile.TarInfo(name)
        entry.type, entry.uid, entry.gid, entry.mode = tarfile.DIRTYPE, user, group, mode
        self._tar.addfile(entry)

    def text(self, path: str, content: str) -> None:
        """Add a readable text file."""
        data = content.encode()
        entry = self._entry(path)
        entry.size, entry.mode = len(data), 0o644
        self._tar.addfile(entry, io.BytesIO(data))

    def file(self, path: str, source: Path) -> None:
        """Add a file of this machine, as root's, executable if it is so here."""
        entry = self._entry(path)
        entry.size = source.stat().st_size
        entry.mode = 0o755 if source.stat().st_mode & 0o100 else 0o644
        with source.open("rb") as content:
            self._tar.addfile(entry, content)

    def link(self, path: str, target: str) -> None:
        """Add a symbolic link."""
        entry = self._entry(path)
        entry.type, entry.linkname, entry.mode = tarfile.SYMTYPE, target, 0o777
        self._tar.addfile(entry)

    def tree(self, source: Path, at: str = "/") -> None:
        """Add all of a directory of this machine below `at`."""
        for found in sorted(source.rglob("*")):
            path = f"{at.rstrip('/')}/{found.relative_to(source)}"
            if found.is_symlink():
                self.link(path, str(found.readlink()))
            elif found.is_dir():
                self.directory(path)
            else:
                self.file(path, found)

    def _entry(self, path: str) -> tarfile.TarInfo:
        self.directory(str(PurePosixPath(path).parent))
        return tarfile.TarInfo(path.strip("/"))


def write_image_tree(image: Image, bundle: Path, tar: Path, work: Path) -> None:
    """Write the whole tree of `image` around its bundle; `work` is for what is unpacked."""
    tree = ImageTree(tar)
    for directory in sorted(image.directories, key=lambda item: item.path):
        tree.directory(directory.path, *directory.numbers())
    _add_accounts(tree, image)
    if certificates := host_certificates.bundle():
        tree.text(str(host_certificates.SYSTEM_BUNDLE), certificates.read_text())
    tree.tree(bundle)
    if image.timezones:
        unpack_package("tzdata", "trixie", work / "tzdata", newest=False)
        tree.tree(work / "tzdata/usr/share/zoneinfo", "/usr/share/zoneinfo")
    if image.shell:
        _add_busybox(tree, work / "busybox")
    if image.bash:
        unpack_package("bash-static", "trixie", work / "bash", newest=False)
        tree.file("/bin/bash", next((work / "bash").glob("**/bin/bash-static")))
    tree.close()


def _add_accounts(tree: ImageTree, image: Image) -> None:
    if not image.accounts:
        return
    accounts = {"root": 0, **image.accounts}
    users = [f"{name}:x:{uid}:{uid}:{name}:/:/bin/sh\n" for name, uid in accounts.items()]
    groups = [f"{name}:x:{uid}:\n" for name, uid in accounts.items()]
    tree.text("/etc/passwd", "".join(users))
    tree.text("/etc/group", "".join(groups))


def _add_busybox(tree: ImageTree, work: Path) -> None:
    unpack_package("busybox-static", "trixie", work, newest=False)
    program = next(path for path in work.glob("**/bin/busybox") if not path.is_symlink())
    tree.file("/bin/busybox", program)
    for applet in run([program, "--list-full"]).split():
        if applet not in {"bin/busybox", "linuxrc"}:
            tree.link(f"/{applet}", "/bin/busybox")
