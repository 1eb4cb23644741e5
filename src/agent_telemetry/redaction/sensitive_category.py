"""One category of sensitive words: where its words stand in a text, and how a file lists them.

A word is found whatever its case, its width and the invisible characters in it, and only as a
whole word, in scripts that have blanks between words. The work grows with the text, not with the
number of words: the words are looked up by length, not tried one by one.
"""

import re
import tomllib
from pathlib import Path
from typing import Literal, cast

from agent_telemetry.exceptions import ConfigurationError
from agent_telemetry.redaction.folded_text import WORDLESS, FoldedText, is_wordly, joins_words

Action = Literal["pass", "mask", "block"]
#: From the mildest to the severest.
ACTIONS: tuple[Action, ...] = ("pass", "mask", "block")
#: The built-in category: what the redactor finds. Masked unless the file says otherwise.
PERSONAL_DATA = "personal_data"

_FILE = "the file of sensitive words"
_KEYS = {"name", "action", "words", "patterns"}


class Category:
    """One kind of sensitive words.

    Args:
        name: value of the label ``category``.
        action: what is done about a hit.
        words: words and phrases.
        patterns: regular expressions; case does not matter to them.
    """

    def __init__(
        self,
        name: str,
        action: Action,
        words: tuple[str, ...] = (),
        patterns: tuple[re.Pattern[str], ...] = (),
    ) -> None:
        self.name = name
        self.action = action
        self._patterns = patterns
        self._words = {word for each in words if (word := FoldedText(each.strip()).text)}
        lengths: dict[str, set[int]] = {}
        for word in self._words:
            lengths.setdefault(word[0], set()).add(len(word))
        self._lengths = {first: sorted(found, reverse=True) for first, found in lengths.items()}
        self._starts = _starts("".join(lengths)) if lengths else None

    def find(self, text: str) -> list[tuple[int, int]]:
        """Return where the words stand in a folded text, in order, the longest first."""
        found: list[tuple[int, int]] = []
        last = 0
        for start in self._starts.finditer(text) if self._starts is not None else ():
            end = self._end(text, start.start()) if start.start() >= last else 0
            if end:
                found.append((start.start(), end))
                last = end
        for pattern in self._patterns:
            found += [each.span() for each in pattern.finditer(text) if each[0]]
        return found

    def _end(self, text: str, place: int) -> int:
        """Return where a word that begins at a place ends, 0 when none begins there."""
        if not _border(text, place):
            return 0
        for length in self._lengths[text[place]]:
            end = place + length
            if end > len(text):
                continue
            if text[place:end] in self._words and _border(text, end):
                return end
        return 0


def read_categories(path: Path) -> tuple[Category, ...]:
    """Read the categories of a file.

    Raises:
        ConfigurationError: the file is missing or has something wrong.
    """
    try:
        content = tomllib.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise ConfigurationError(_FILE, str(path), f"a TOML file ({error})") from None
    tables = content.get("category", [])
    if set(content) - {"category"} or not isinstance(tables, list):
        raise ConfigurationError(_FILE, str(path), "[[category]] tables only")
    categories = tuple([_category(table, path) for table in tables])
    names = [each.name for each in categories]
    if len(set(names)) < len(names):
        raise ConfigurationError(_FILE, str(path), "each category once")
    return categories


def _category(table: object, path: Path) -> Category:
    if not isinstance(table, dict) or not isinstance(table.get("name"), str) or not table["name"]:
        raise ConfigurationError(_FILE, str(path), "[[category]] tables with a name")
    name = table["name"]

    def refuse(accepted: str) -> ConfigurationError:
        return ConfigurationError(_FILE, f"{path}: {name}", accepted)

    if set(table) - _KEYS:
        raise refuse(f"the keys {', '.join(sorted(_KEYS))}")
    if table.get("action") not in ACTIONS:
        raise refuse(f"action = one of {', '.join(ACTIONS)}")
    words, patterns = table.get("words", []), table.get("patterns", [])
    for value, key in ((words, "words"), (patterns, "patterns")):
        if not isinstance(value, list) or not all(isinstance(each, str) and each for each in value):
            raise refuse(f"{key} = a list of texts")
    if not words and not patterns and name != PERSONAL_DATA:
        raise refuse("words or patterns")
    try:
        compiled = tuple([re.compile(pattern, re.IGNORECASE) for pattern in patterns])
    except (re.error, RecursionError, OverflowError) as error:
        raise refuse(f"patterns that are regular expressions ({error})") from None
    return Category(name, cast("Action", table["action"]), tuple(words), compiled)


def _starts(firsts: str) -> re.Pattern[str]:
    """Return a pattern of where a word with one of these first letters may begin.

    It only spares ``_border`` most places; ``_border`` decides.
    """
    within = "".join([each for each in firsts if is_wordly(each) and not joins_words(each)])
    anywhere = "".join([each for each in firsts if each not in within])
    choices = [f"[{re.escape(anywhere)}]"] if anywhere else []
    if within:
        choices.append(rf"(?<![^\W{WORDLESS}])[{re.escape(within)}]")
    return re.compile("|".join(choices))


def _border(text: str, place: int) -> bool:
    """Return whether a word may begin or end at a place."""
    if place in {0, len(text)}:
        return True
    before, after = text[place - 1], text[place]
    if joins_words(before) or joins_words(after):
        return True
    return not (is_wordly(before) and is_wordly(after))
