"""The tar file of an image holds the owners and modes of the table, whatever this machine has."""

from __future__ import annotations

import tarfile
from pathlib import Path

import pytest

from tests.images.catalogue import Directory, Image
from tests.images.image_tree import write_image_tree


@pytest.fixture
def entries(tmp_path: Path) -> dict[str, tarfile.TarInfo]:
    """What is in the tar file of a small image without shell and time zones."""
    bundle = tmp_path / "bundle"
    (bundle / "usr/bin").mkdir(parents=True)
    (bundle / "etc/server").mkdir(parents=True)
    (bundle / "usr/bin/server").write_text("#!program")
    (bundle / "usr/bin/server").chmod(0o700)
    (bundle / "etc/server/config.yml").write_text("a: 1")
    image = Image(
        repository="a/server",
        accounts={"server": 10001},
        directories=(
            Directory("/etc/server", "10001:10001", "0755"),
            Directory("/data", "10001:0", "0775"),
            Directory("/tmp", "0:0", "1777"),
        ),
    )
    write_image_tree(image, bundle, tmp_path / "image.tar", tmp_path)
    with tarfile.open(tmp_path / "image.tar") as tar:
        return {entry.name: entry for entry in tar}


def test_directories_have_the_owner_of_the_table(entries: dict[str, tarfile.TarInfo]) -> None:
    """An empty named volume takes owner and mode from here."""
    assert (entries["data"].uid, entries["data"].gid, entries["data"].mode) == (10001, 0, 0o775)
    assert entries["tmp"].mode == 0o1777
    assert entries["etc/server"].uid == 10001
    assert entries["usr/bin"].uid == 0


def test_files_are_readable_by_every_user(entries: dict[str, tarfile.TarInfo]) -> None:
    """A program stays a program and a file a file, for the user that the image runs as."""
    assert entries["usr/bin/server"].mode == 0o755
    assert entries["etc/server/config.yml"].mode == 0o644


def test_nothing_comes_twice_and_parents_come_first(entries: dict[str, tarfile.TarInfo]) -> None:
    """The engine unpacks in the order of the file."""
    names = list(entries)
    assert "bin" not in names
    for name in names:
        parent = name.rpartition("/")[0]
        assert not parent or names.index(parent) < names.index(name)
