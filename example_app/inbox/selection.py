"""Which alerts a reader wants to see: the query parameters of the page and of the list."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

_MOST_PAGE = 1_000_000
_DIGITS = 9


class SelectionError(ValueError):
    """A query parameter is none of what is accepted; the message says which and what is."""


@dataclass(frozen=True)
class Selection:
    """What is asked for; an empty text means any.

    Attributes:
        service: The label `service`, exactly.
        severity: The label `severity`, exactly.
        name: A part of the alert's name; capitals count for nothing.
        page: Which page of the history, from 1.
        firing_page: Which page of those that fire, from 1.
    """

    service: str = ""
    severity: str = ""
    name: str = ""
    page: int = 1
    firing_page: int = 1

    @classmethod
    def of(cls, query: Mapping[str, str]) -> "Selection":
        """Reads the query parameters.

        Raises:
            SelectionError: A page is no whole number from 1.
        """
        return cls(
            service=query.get("service", "").strip(),
            severity=query.get("severity", "").strip(),
            name=query.get("name", "").strip(),
            page=_page(query, "page"),
            firing_page=_page(query, "firing_page"),
        )

    @property
    def narrows(self) -> bool:
        """Whether anything is filtered."""
        return bool(self.service or self.severity or self.name)

    def address(self, **other: str | int) -> str:
        """The page with this selection, some of it changed."""
        asked: dict[str, str | int] = {
            "service": self.service,
            "severity": self.severity,
            "name": self.name,
            "firing_page": self.firing_page if self.firing_page > 1 else "",
            "page": self.page if self.page > 1 else "",
            **other,
        }
        query = urlencode({key: value for key, value in asked.items() if value not in {"", 1}})
        return f"/?{query}" if query else "/"


def whole_number(
    query: Mapping[str, str], name: str, *, default: int, least: int, most: int
) -> int:
    """A parameter as a whole number.

    Raises:
        SelectionError: It is none, or outside the bounds.
    """
    text = query.get(name, "").strip()
    if not text:
        return default
    number = int(text) if text.isascii() and text.isdigit() and len(text) <= _DIGITS else -1
    if not least <= number <= most:
        raise SelectionError(f"{name} must be a whole number from {least} to {most}")
    return number


def _page(query: Mapping[str, str], name: str) -> int:
    return whole_number(query, name, default=1, least=1, most=_MOST_PAGE)
