"""What a page's address asks for, with a note for what in it is of no use."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlencode

_MOST_CHARACTERS = 200
_HOUR = 60


@dataclass(frozen=True)
class Window:
    """A stretch of time up to now.

    Attributes:
        name: in addresses and on pages.
        minutes: how long it is.
        period: which sums a chart reads, by the ``minute`` or by the ``hour``.
        step: minutes of one bar of a chart.
    """

    name: str
    minutes: int
    period: str
    step: int

    def start(self, now: float) -> int:
        """Return its first minute since 1970, a whole bar; ``now`` is in seconds."""
        first = int(now // 60) - self.minutes + self.step
        return first - first % self.step

    def starts(self, now: float) -> list[int]:
        """Return the minutes since 1970 in which the bars of a chart begin."""
        return list(range(self.start(now), int(now // 60) + 1, self.step))

    @property
    def per(self) -> str:
        """What one bar of a chart spans, such as ``minute`` or ``4 h``."""
        if self.step == 1:
            return "minute"
        return f"{self.step} min" if self.step < _HOUR else f"{self.step // _HOUR} h"

    def summed(self, now: float) -> tuple[str, int]:
        """Return which sums tables read, and from which minute on.

        Past an hour these are sums by the hour, from the beginning of the first of them.
        """
        first = int(now // 60) - self.minutes + 1
        return ("minute", first) if self.minutes <= _HOUR else ("hour", first - first % _HOUR)


WINDOWS = {
    each.name: each
    for each in (
        Window("15m", 15, "minute", 1),
        Window("1h", 60, "minute", 1),
        Window("6h", 360, "minute", 5),
        Window("24h", 1440, "hour", 60),
        Window("7d", 10_080, "hour", 240),
    )
}
DEFAULT_WINDOW = "15m"


@dataclass
class Query:
    """The parameters of a page's address.

    Attributes:
        base: where the console is mounted, such as ``/console``.
        path: the page's path below it.
        given: the parameters.
        now: seconds since 1970.
        notes: what could not be used, in words for people.
    """

    base: str
    path: str
    given: Mapping[str, str]
    now: float
    notes: list[str] = field(default_factory=list)

    def text(self, name: str) -> str:
        """Return a parameter, empty when it is not given."""
        return self.given.get(name, "").strip()[:_MOST_CHARACTERS]

    def number(self, name: str) -> float | None:
        """Return a number of at least 0; None when it is not given, or is none, which is noted."""
        text = self.text(name)
        if not text:
            return None
        try:
            found = float(text)
        except ValueError:
            found = math.nan
        if not 0 <= found < math.inf:
            self.notes.append(f"{name} must be a number of at least 0; it was left out.")
            return None
        return found

    def choice(self, name: str, choices: Mapping[str, object], default: str) -> str:
        """Return one of some words; another word is noted."""
        text = self.text(name)
        if not text or text in choices:
            return text or default
        self.notes.append(f"{name} is one of {', '.join(choices)}; it was left out.")
        return default

    @property
    def window(self) -> Window:
        """The stretch of time that is looked at."""
        return WINDOWS[self.text("window") if self.text("window") in WINDOWS else DEFAULT_WINDOW]

    def link(self, path: str | None = None, **changed: object) -> str:
        """Return an address in the console.

        Args:
            path: another page, without this page's parameters; None: this page with them.
            **changed: parameters to set; None or empty ones are left out.
        """
        kept = dict(self.given) if path is None else {}
        if path is not None and self.text("window") in WINDOWS:
            kept["window"] = self.text("window")
        kept.update({name: "" if value is None else str(value) for name, value in changed.items()})
        told = urlencode({name: value for name, value in kept.items() if value})
        where = f"{self.base}{self.path if path is None else path}"
        return f"{where}?{told}" if told else where
