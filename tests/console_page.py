"""Reading what a page of the console shows, without a browser."""

import html
import json
import re
from dataclasses import dataclass, field
from html.parser import HTMLParser

_ELEMENTS = re.compile(r"parseElements\(String\.raw`(.*?)`\)", re.DOTALL)
_VOID = {"br", "input", "hr", "img", "line", "rect", "path", "meta", "link"}


@dataclass
class Part:
    """What carries one ``data-testid``.

    Attributes:
        attributes: of its tag.
        pieces: the text in it, piece by piece.
    """

    attributes: dict[str, str]
    pieces: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        """The text in it, with single spaces."""
        return " ".join(" ".join(self.pieces).split())


class ConsolePage(HTMLParser):
    """A page, by the ``data-testid`` of its parts.

    Args:
        markup: the HTML that people see.
    """

    def __init__(self, markup: str) -> None:
        super().__init__()
        self.markup = markup
        self.tags: list[str] = []
        self._open: list[tuple[str, Part | None]] = []
        self._parts: dict[str, list[Part]] = {}
        self.feed(markup)

    @classmethod
    def of(cls, answer: str) -> "ConsolePage":
        """Read the page out of what the server answered."""
        found = _ELEMENTS.search(answer)
        assert found, f"no page: {answer[:500]}"
        elements = json.loads(html.unescape(found[1]).replace("\\`", "`"))
        return cls("".join(each["props"].get("innerHTML", "") for each in elements.values()
                           if "props" in each))  # fmt: skip

    def all(self, testid: str) -> list[Part]:
        """Return the parts of an id, in order."""
        return self._parts.get(testid, [])

    def one(self, testid: str) -> Part:
        """Return the only part of an id."""
        (found,) = self.all(testid)
        return found

    def number(self, testid: str) -> float:
        """Return the number that a part shows."""
        return float(self.one(testid).text.replace(",", "").strip("$ %"))

    def units(self, testid: str) -> int:
        """Return the amount of a part in units of 1e-12 USD."""
        return int(self.one(testid).attributes["data-units"])

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a tag."""
        told = {name: value or "" for name, value in attrs}
        self.tags.append(tag)
        part = None
        if "data-testid" in told:
            part = Part(told)
            self._parts.setdefault(told["data-testid"], []).append(part)
        if tag not in _VOID:
            self._open.append((tag, part))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a tag that is empty."""
        self.tags.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """Note the end of a tag."""
        if tag not in _VOID and self._open:
            opened, _ = self._open.pop()
            assert opened == tag, f"<{opened}> ends as </{tag}>"

    def handle_data(self, data: str) -> None:
        """Note text."""
        for _, part in self._open:
            if part is not None:
                part.pieces.append(data)
