"""The app's JSON log file: in a folder (lite) or on a volume (full stack)."""

import json
from pathlib import Path
from typing import Any, Protocol

from commands.addresses import APP
from commands.compose_project import ComposeError, ComposeProject


class LogFile(Protocol):
    """Log records on disk."""

    def records_with(self, text: str) -> list[dict[str, Any]]:
        """Return the records whose line has a text in it."""


class FolderLogFile:
    """The files of the lite version.

    Args:
        folder: where they are.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def records_with(self, text: str) -> list[dict[str, Any]]:
        """Return the records whose line has a text in it."""
        return [
            json.loads(line)
            for file in sorted(self._folder.glob("app-*.jsonl*"))
            for line in file.read_text(encoding="utf-8").splitlines()
            if text in line
        ]


class VolumeLogFile:
    """The files of the full stack, read inside the app's container.

    Args:
        project: the running stack.
    """

    def __init__(self, project: ComposeProject) -> None:
        self._project = project

    def records_with(self, text: str) -> list[dict[str, Any]]:
        """Return the records whose line has a text in it."""
        words = ("exec", "-T", APP, "sh", "-c", 'cat /var/log/agent/app-*.jsonl* | grep -F "$0"')
        try:
            lines = self._project.output(*words, text).splitlines()
        except ComposeError:
            # grep's way to say that there is none.
            return []
        return [json.loads(line) for line in lines]
