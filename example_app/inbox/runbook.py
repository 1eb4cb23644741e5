"""Finds runbooks and turns their Markdown into HTML."""

import difflib
import re
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from urllib.parse import urlsplit

from markdown_it import MarkdownIt
from markdown_it.token import Token

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,99}")
#: The list of runbooks for people who browse the files; the inbox has a list of its own.
_INDEX = "README"
_MOST_CHARACTERS = 200_000
_SHORT = 300


@dataclass(frozen=True)
class RunbookPage:
    """A runbook ready to be shown.

    Attributes:
        name: The alert's name.
        body: HTML; what the file holds is escaped in it.
        meaning: The first paragraph as plain text, cut where it is long.
    """

    name: str
    body: str
    meaning: str


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
        return sorted(name for name in names if _NAME.fullmatch(name) and name != _INDEX)

    def page(self, name: str) -> RunbookPage | None:
        """The runbook of a name, or None when there is none.

        A name with any character of a path is no name, so nothing outside is ever read.
        """
        if not _NAME.fullmatch(name):
            return None
        path = self._directory / f"{name}.md"
        if not path.is_file():
            return None
        with path.open(encoding="utf-8", errors="replace") as file:
            text = file.read(_MOST_CHARACTERS)
        tokens = self._markdown.parse(text)
        self._give_headings_ids(tokens)
        known = frozenset(self.names())
        for token in tokens:
            if token.children:
                token.children = _with_links(token.children, known)
        body = str(self._markdown.renderer.render(tokens, self._markdown.options, {}))
        return RunbookPage(name, body, _first_paragraph(tokens))

    def pages(self) -> list[RunbookPage]:
        """All runbooks, by name."""
        pages = (self.page(name) for name in self.names())
        return [page for page in pages if page is not None]

    def like(self, name: str) -> list[str]:
        """Names that are written much like one that is not there, the closest first."""
        plain = {known.lower(): known for known in self.names()}
        close = difflib.get_close_matches(name.lower()[:100], plain, n=5, cutoff=0.5)
        return [plain[found] for found in close]

    @staticmethod
    def _give_headings_ids(tokens: list[Token]) -> None:
        for opening, inline in pairwise(tokens):
            if opening.type == "heading_open":
                slug = re.sub(r"[^a-z0-9]+", "-", inline.content.lower()).strip("-")
                if slug:
                    opening.attrSet("id", slug)


def _with_links(children: list[Token], known: frozenset[str]) -> list[Token]:
    """Leads `Other.md` to its page; a link to a file that is not served becomes its text."""
    kept: list[Token] = []
    missing: list[str] = []
    opened: list[bool] = []
    for token in children:
        if token.type == "link_open":
            address = _address(str(token.attrGet("href") or ""), known)
            opened.append(address is not None)
            if address is None:
                missing.append(str(token.attrGet("href")))
                continue
            token.attrSet("href", address)
        elif token.type == "link_close" and not opened.pop():
            href = missing.pop()
            # The path of a document tells where to look, that of a missing runbook does not.
            if "/" in href:
                kept.append(Token("text", "", 0, content=f" ({href})"))
            continue
        kept.append(token)
    return kept


def _address(href: str, known: frozenset[str]) -> str | None:
    """Where a link of a runbook leads, or None when that is nowhere."""
    try:
        parts = urlsplit(href)
    except ValueError:
        return None
    if parts.scheme or parts.netloc or href.startswith(("/", "#")):
        return href
    name = parts.path.removeprefix("./").removesuffix(".md")
    if name not in known:
        return None
    return f"/runbooks/{name}" + (f"#{parts.fragment}" if parts.fragment else "")


def _first_paragraph(tokens: list[Token]) -> str:
    for opening, inline in pairwise(tokens):
        if opening.type == "paragraph_open":
            text = "".join(child.content or " " for child in inline.children or ())
            text = " ".join(text.split())
            return text if len(text) <= _SHORT else text[: _SHORT - 1].rstrip() + "…"
    return ""
