"""Personal data and secrets are taken out of text before it is queued, written or sent.

What is found becomes ``[redacted:<category>]``. Ids, order numbers, times and plain numbers stay:
a finding needs a shape *and*, where there is one, a right check digit.
"""

import re
import tomllib
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import NamedTuple

from agent_telemetry.exceptions import ConfigurationError
from agent_telemetry.redaction.patterns import DETECTORS, Detector, Place, matches
from agent_telemetry.redaction.scan import SHORTEST, suspects

#: Stands for a text that could not be looked through.
FAILED = "[redaction failed]"
VARIABLE = "AGENT_TELEMETRY_REDACT_PATTERNS_FILE"
_SMALL = str.maketrans({chr(code): chr(code + 32) for code in range(65, 91)})
_NAME = re.compile(r"[a-z][a-z0-9_]{0,40}")
#: Texts up to this length are remembered, and at most so many of them.
_SHORT = 64
_MOST_KEPT = 1024


class Finding(NamedTuple):
    """One piece of personal data or one secret.

    Attributes:
        category: what it is: ``email``, ``card``, …, or the name of an own pattern.
        start: where it begins in the text.
        end: where it ends.
    """

    category: str
    start: int
    end: int


class Redactor:
    """Finds and takes out e-mail addresses, telephone numbers, cards, IBANs, keys and the like.

    Args:
        patterns: own categories beside the built-in ones. They run on every text, so they should
            match in linear time.
        off: built-in categories that are not looked for.
        on_fault: told when looking through a text raised; the text is then replaced as a whole.
    """

    def __init__(
        self,
        patterns: Mapping[str, re.Pattern[str]] | None = None,
        *,
        off: Collection[str] = (),
        on_fault: Callable[[Exception], None] | None = None,
    ) -> None:
        self._built_in = {name: find for name, find in DETECTORS.items() if name not in off}
        self._own = {name: matches(pattern) for name, pattern in (patterns or {}).items()}
        self._on_fault = on_fault
        # Short texts in which nothing was found: names of models, tools, routes come again and
        # again. What a text holds depends on nothing but the text.
        self._harmless: set[str] = set()

    @classmethod
    def load(
        cls, path: Path | None, on_fault: Callable[[Exception], None] | None = None
    ) -> "Redactor":
        """Build one with the own patterns of a file.

        Args:
            path: a TOML file with ``[[pattern]]`` tables of ``name`` and ``regex``, and perhaps
                ``off``, a list of built-in categories; None for the built-in ones alone.
            on_fault: as for the class.

        Raises:
            ConfigurationError: the file is missing or has something wrong.
        """
        if path is None:
            return cls(on_fault=on_fault)
        patterns, off = read_patterns(path)
        return cls(patterns, off=off, on_fault=on_fault)

    @property
    def categories(self) -> tuple[str, ...]:
        """What is looked for."""
        return (*self._built_in, *self._own)

    def find(self, text: str) -> list[Finding]:
        """Return what a text holds, in order, without overlaps."""
        if len(text) < SHORTEST and not self._own:
            return []
        maybe = suspects(text)
        if not maybe and not self._own:
            return []
        rest, small = text, lowered(text)
        found: list[Finding] = []
        for name, detect in self._chosen(maybe):
            places = _apart(sorted(detect(rest, small)))
            if places:
                found += [Finding(name, start, end) for start, end in places]
                # What one category has found is blank for the next.
                rest, small = _blanked(rest, places), _blanked(small, places)
        return _merged(sorted(found, key=lambda each: each.start))

    def redact(self, text: str) -> str:
        """Return the text with everything found replaced; never raises, never the raw text then."""
        try:
            if text in self._harmless:
                return text
            found = self.find(text)
            if not found and len(text) <= _SHORT:
                self._remember(text)
            return replaced(text, found) if found else text
        except Exception as error:  # noqa: BLE001 -- whatever it is, the raw text must not pass
            self.failed(error)
            return FAILED

    def failed(self, error: Exception) -> None:
        """Tell that looking through something raised."""
        if self._on_fault is not None:
            self._on_fault(error)

    def _remember(self, text: str) -> None:
        if len(self._harmless) >= _MOST_KEPT:
            self._harmless = set()
        self._harmless.add(text)

    def _chosen(self, maybe: list[str]) -> list[tuple[str, Detector]]:
        built_in = [(name, find) for name, find in self._built_in.items() if name in maybe]
        return [*built_in, *self._own.items()]


#: For whoever has no stack: the built-in categories.
BUILT_IN = Redactor()


def replaced(text: str, found: list[Finding], marker: str = "[redacted:{}]") -> str:
    """Return the text with each finding replaced by a marker."""
    parts: list[str] = []
    last = 0
    for category, start, end in found:
        parts += (text[last:start], marker.format(category))
        last = end
    parts.append(text[last:])
    return "".join(parts)


def lowered(text: str) -> str:
    """Return a text with A to Z in small letters, each letter at its place."""
    return text.lower() if text.isascii() else text.translate(_SMALL)


def read_patterns(path: Path) -> tuple[dict[str, re.Pattern[str]], tuple[str, ...]]:
    """Read own patterns and the categories to leave out.

    Raises:
        ConfigurationError: the file is missing or has something wrong.
    """
    accepted = "a TOML file of [[pattern]] tables with name and regex"
    try:
        content = tomllib.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise ConfigurationError(VARIABLE, str(path), f"{accepted} ({error})") from None
    patterns: dict[str, re.Pattern[str]] = {}
    for number, entry in enumerate(_tables(content.get("pattern", [])), start=1):
        name, regex = entry.get("name"), entry.get("regex")
        if not isinstance(name, str) or not isinstance(regex, str) or not _NAME.fullmatch(name):
            wrong = f"{accepted}; number {number} has no name of a-z, 0-9, _ or no regex"
            raise ConfigurationError(VARIABLE, str(path), wrong)
        if name in patterns or name in DETECTORS:
            raise ConfigurationError(VARIABLE, str(path), f"{accepted}; {name!r} is taken")
        try:
            patterns[name] = re.compile(regex)
        except (re.error, RecursionError, OverflowError) as error:
            wrong = f"{accepted}; the regex of {name!r} is none: {error}"
            raise ConfigurationError(VARIABLE, str(path), wrong) from None
    off = content.get("off", [])
    if not isinstance(off, list) or not set(map(str, off)) <= set(DETECTORS):
        raise ConfigurationError(VARIABLE, str(path), f"off = some of {', '.join(DETECTORS)}")
    unknown = sorted(set(content) - {"pattern", "off"})
    if unknown:
        raise ConfigurationError(VARIABLE, str(path), f"{accepted}; not {', '.join(unknown)}")
    return patterns, tuple(map(str, off))


def _tables(value: object) -> list[dict[str, object]]:
    """Return a list of tables; anything else becomes one empty table, which is then refused."""
    if isinstance(value, list) and all(isinstance(each, dict) for each in value):
        return value
    return [{}]


def _merged(found: list[Finding]) -> list[Finding]:
    """Return sorted findings as pieces that do not overlap; nothing that was found is left out.

    What one category found is blank for the next, whose own finding may reach over the blank.
    """
    apart: list[Finding] = []
    for each in found:
        if apart and each.start < apart[-1].end:
            if each.end > apart[-1].end:
                apart[-1] = apart[-1]._replace(end=each.end)
        else:
            apart.append(each)
    return apart


def _apart(places: list[Place]) -> list[Place]:
    """Return sorted places without those that begin inside an earlier one."""
    kept: list[Place] = []
    for place in places:
        if not kept or place[0] >= kept[-1][1]:
            kept.append(place)
    return kept


def _blanked(text: str, places: list[Place]) -> str:
    parts: list[str] = []
    last = 0
    for start, end in places:
        parts += (text[last:start], "\0" * (end - start))
        last = end
    parts.append(text[last:])
    return "".join(parts)
