"""Finds runbooks and turns their Markdown into HTML."""

import re
from pathlib import Path

from markdown_it import MarkdownIt

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,99}")


class Runbooks:
    """The runbooks of a directory, one `<Alert>.md` each.

    Args:
        directory: Where they are; it may be missing, then there are none.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        # HTML inside the Markdown is shown as text, and script links are refused.
        self._markdown = MarkdownIt("commonmark", {"html": False}).enable("table")

    def names(self) -> list[str]:
        """The alerts that have a runbook, by name."""
        if not self._directory.is_dir():
            return []
        names = (path.stem for path in self._directory.glob("*.md"))
        return sorted(name for name in names if _NAME.fullmatch(name))

    def html(self, name: str) -> str | None:
        """The runbook as an HTML fragment, or None when there is none of that name.

        A name with any character of a path is no name, so nothing outside is ever read.
        """
        if not _NAME.fullmatch(name):
            return None
        path = self._directory / f"{name}.md"
        if not path.is_file():
            return None
        return str(self._markdown.render(path.read_text(encoding="utf-8", errors="replace")))
