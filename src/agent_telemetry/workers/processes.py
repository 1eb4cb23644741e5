"""Which processes share a folder: each leaves a small file that says which process it is."""

import os
from collections.abc import Iterator
from pathlib import Path

from agent_telemetry.workers.process_mark import mark_of, namespace

_PREFIX = "agent_telemetry."
_SUFFIX = ".process"


class WorkerProcesses:
    """The processes that said so in a folder.

    Args:
        folder: the folder.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def enter(self) -> None:
        """Say that this process is one of them."""
        pid = os.getpid()
        draft = self._folder / f"{_PREFIX}{pid}.draft"
        draft.write_text(f"{mark_of(pid)} {namespace()}", encoding="utf-8")
        draft.replace(self._file(pid))

    def is_alive(self, pid: int) -> bool:
        """Return whether a process lives; one that never said so does when its pid exists."""
        mark = mark_of(pid)
        said = self._said(pid)
        return mark is not None and said in {None, f"{mark} {namespace()}"}

    def alive(self) -> list[int]:
        """Return the pids of those that live."""
        return [pid for pid in self._pids() if self.is_alive(pid)]

    def forget_dead(self) -> None:
        """Remove the files of those that are dead."""
        for pid in list(self._pids()):
            if not self.is_alive(pid):
                self._file(pid).unlink(missing_ok=True)

    def _file(self, pid: int) -> Path:
        return self._folder / f"{_PREFIX}{pid}{_SUFFIX}"

    def _said(self, pid: int) -> str | None:
        try:
            return self._file(pid).read_text(encoding="utf-8")
        except OSError:
            return None

    def _pids(self) -> Iterator[int]:
        for path in self._folder.glob(f"{_PREFIX}*{_SUFFIX}"):
            pid = path.name.removeprefix(_PREFIX).removesuffix(_SUFFIX)
            if pid.isascii() and pid.isdigit():
                yield int(pid)
