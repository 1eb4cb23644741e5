"""Which log files a path stands for, held open so that a rotation neither hides nor doubles one."""

import contextlib
import os
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

#: Name of the link that the library keeps for people.
_APP_LINK = "app.log"
_GZIP = b"\x1f\x8b"
#: What a rotation adds to a name: ``.1``, ``.2026-11-21``, ``.gz``.
_ROTATED = re.compile(r"(\.[0-9][0-9_-]*)?(\.gz)?")
_LOG = re.compile(r".+\.(jsonl|log)(\.[0-9][0-9_-]*)?(\.gz)?")
_OURS = re.compile(r"app(-[0-9]+)?\.(jsonl|log)(\.[0-9][0-9_-]*)?(\.gz)?")
#: Copies of what other files have, and the trail, which has a command of its own.
_NOT_SHIPPED = re.compile(r"(error|audit)[.-].*")
#: Descriptors held at once; of more files, the others are read by their names.
_MOST_HELD = 256
#: Rotations that may come between the look at a folder and the opening of its files.
_LOOKS = 5
_WILD = re.compile(r"([*?\[])")


@dataclass
class LogFiles:
    """Open files, each once, whatever its names are.

    Attributes:
        plain: what the engine opens, one entry a file.
        compressed: the same of files compressed by gzip, told by their first bytes.
        names: the file's own path of each entry.
        unreadable: reasons by path, of files that cannot be read.
        bytes: size on disk of all.
    """

    plain: list[str] = field(default_factory=list)
    compressed: list[str] = field(default_factory=list)
    names: dict[str, str] = field(default_factory=dict)
    unreadable: dict[str, str] = field(default_factory=dict)
    bytes: int = 0
    _held: contextlib.ExitStack = field(default_factory=contextlib.ExitStack)
    _seen: set[tuple[int, int]] = field(default_factory=set)

    @classmethod
    def of(cls, path: Path) -> Self:
        """Open the files that a path stands for.

        Args:
            path: a file (with what was rotated out of it), a folder or a pattern such as
                ``logs/app-*.jsonl*``. Nothing there is no error.
        """
        found = cls()
        for _ in range(_LOOKS):
            # A rotation since the look has left a file under a new name: look again.
            if not sum([found._take(each) for each in paths_of(path)]):
                break
        return found

    def _take(self, path: Path) -> bool:
        try:
            descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
        except FileNotFoundError:
            return False
        except OSError as error:
            self.unreadable[str(path)] = error.strerror or str(error)
            return False
        there = os.fstat(descriptor)
        key = (there.st_dev, there.st_ino)
        if key in self._seen or not there.st_size:
            os.close(descriptor)
            return False
        self._seen.add(key)
        self.unreadable.pop(str(path), None)
        self.bytes += there.st_size
        kind = self.compressed if os.pread(descriptor, 2, 0) == _GZIP else self.plain
        if len(self._seen) <= _MOST_HELD:
            self._held.callback(os.close, descriptor)
            name = f"/dev/fd/{descriptor}"  # the file itself, renamed or deleted meanwhile
        else:
            os.close(descriptor)
            name = _WILD.sub(r"[\1]", str(path.absolute()))
        self.names[name] = str(path)
        kind.append(name)
        return True

    def leave_out(self, entry: str, why: str) -> None:
        """Go on without a file that turned out to be unreadable."""
        for kind in (self.plain, self.compressed):
            if entry in kind:
                kind.remove(entry)
        self.unreadable[self.names[entry]] = why

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._held.close()


def paths_of(path: Path) -> list[Path]:
    """Return the paths that a path stands for, in order of their names; they may not exist."""
    if path.is_dir():
        return _without_copies(_of_folder(path))
    if path.is_symlink() and path.name == _APP_LINK and _OURS.fullmatch(path.readlink().name):
        # The link shows people one process's file; who analyses it means the service.
        return _without_copies([each for each in _of_folder(path.parent) if not each.is_symlink()])
    if not path.exists() and _WILD.search(path.name):
        return _without_copies([each for each in path.parent.glob(path.name) if each.is_file()])
    file = path.resolve() if path.is_symlink() else path
    if not file.parent.is_dir():
        return []
    return _without_copies(
        each
        for each in file.parent.iterdir()
        if each.name.startswith(file.name) and _ROTATED.fullmatch(each.name[len(file.name) :])
    )


def _of_folder(folder: Path) -> list[Path]:
    found = [
        each
        for each in folder.iterdir()
        if _LOG.fullmatch(each.name) and not _NOT_SHIPPED.match(each.name) and each.is_file()
    ]
    ours = [each for each in found if _OURS.fullmatch(each.name)]
    return ours or found


def _without_copies(paths: Iterable[Path]) -> list[Path]:
    """Return the paths in order; of a file and its gzip copy the file alone."""
    found = sorted(paths)
    names = {each.name for each in found}
    return [each for each in found if not (each.suffix == ".gz" and each.name[:-3] in names)]
