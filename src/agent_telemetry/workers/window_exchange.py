"""The windows of ``activity`` over all workers: each writes its own down, a scrape reads all.

The times in the files are those of the system's monotonic clock, which all processes of a machine
share. What a worker did in its last seconds is in its file until the window is over, whether the
worker lives or not.
"""

import os
import time
from collections.abc import Callable
from contextlib import suppress
from hashlib import blake2b
from pathlib import Path
from typing import Any

import orjson

from agent_telemetry.workers.folder import WorkerFolder

_SUFFIX = ".windows"
#: A scrape asks for five families at once.
_READ_AGAIN_SECONDS = 0.5

State = dict[str, Any]


class WindowExchange:
    """Files of one folder, ``agent_telemetry.<pid>.windows``.

    Args:
        folder: the folder.
        state: returns this worker's windows: names of few characters to JSON values.
        kept_seconds: how long the file of a dead worker counts.
    """

    def __init__(
        self, folder: WorkerFolder, state: Callable[[], State], kept_seconds: float
    ) -> None:
        self._folder = folder
        self._state = state
        self._kept = kept_seconds
        self._written = b""
        self._read: list[State] = []
        self._read_at = float("-inf")

    def key_of(self, value: str) -> int:
        """Return a number for a value, the same in every worker and of no use elsewhere."""
        digest = blake2b(value.encode("utf-8", "replace"), digest_size=8, key=self._folder.key)
        return int.from_bytes(digest.digest())

    def write(self) -> None:
        """Write this worker's windows down, if anything happened since."""
        content = orjson.dumps(self._state(), option=orjson.OPT_NON_STR_KEYS)
        if content == self._written:
            return
        pid = os.getpid()
        draft = self._folder.path / f"agent_telemetry.{pid}.windows-draft"
        draft.write_bytes(content)
        draft.chmod(0o600)
        draft.replace(self._folder.path / f"agent_telemetry.{pid}{_SUFFIX}")
        self._written = content

    def others(self) -> list[State]:
        """Return the windows of all other workers."""
        if time.monotonic() - self._read_at >= _READ_AGAIN_SECONDS:
            mine = f"agent_telemetry.{os.getpid()}{_SUFFIX}"
            paths = self._folder.path.glob(f"agent_telemetry.*{_SUFFIX}")
            found = [self._state_of(path) for path in paths if path.name != mine]
            self._read = [state for state in found if state is not None]
            self._read_at = time.monotonic()
        return self._read

    def forked(self) -> None:
        """Begin anew in a forked child."""
        self._written = b""
        self._read_at = float("-inf")

    def _state_of(self, path: Path) -> State | None:
        """Return what a file says; one whose last word is long ago is removed."""
        with suppress(OSError, ValueError):
            if time.time() - path.stat().st_mtime > 2 * self._kept:
                pid = int(path.name.split(".")[1])
                if not self._folder.processes.is_alive(pid):
                    path.unlink(missing_ok=True)
                return None
            state = orjson.loads(path.read_bytes())
            return state if isinstance(state, dict) else None
        return None
