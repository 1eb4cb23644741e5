"""Text as a reader sees it: without case, width and invisible characters, mapped to the original.

Source: Unicode Standard Annex 15 (NFKC) and section 3.13 (default case folding).
"""

import re
import unicodedata
from functools import lru_cache

#: Inside of a character class: scripts whose words meet without a blank. Thai and Lao, Myanmar,
#: Hangul, Khmer, kana, Chinese characters.
WORDLESS = (
    "\\u0e00-\\u0eff\\u1000-\\u109f\\u1100-\\u11ff\\u1780-\\u17ff\\u3040-\\u30ff\\u3130-\\u318f"
    "\\u3400-\\u4dbf\\u4e00-\\u9fff\\uac00-\\ud7af\\uf900-\\ufaff\\U00020000-\\U0003ffff"
)
_WORDLESS = re.compile(f"[{WORDLESS}]")
_BLANKS = re.compile(r"\s+")
_VARIATION_SELECTORS = range(0xFE00, 0xFE10)
_GRAPHEME_JOINER = "\u034f"
_JAMO_INSIDE = range(0x1160, 0x1200)


class FoldedText:
    """A text folded for comparison.

    Attributes:
        text: full-width, ligature and upper-case forms are plain small letters; zero-width and
            other invisible characters are gone; a run of blanks is one blank.
    """

    def __init__(self, original: str) -> None:
        self._original = original
        self._places: list[int] | None = None
        if original.isascii():
            self.text = _BLANKS.sub(" ", original.lower())
        else:
            self.text, self._places = _folded(original)

    def original(self, start: int, end: int) -> tuple[int, int]:
        """Return where a piece of the folded text stands in the original.

        Args:
            start: first place in ``text``.
            end: place after the last.
        """
        if len(self.text) == len(self._original) and self._original.isascii():
            return start, end
        if self._places is None:
            self._places = _folded(self._original)[1]
        first = self._places[start]
        stop = end
        while stop < len(self._places) - 1 and self._places[stop] == self._places[end - 1]:
            stop += 1
        return first, self._places[stop]


@lru_cache(maxsize=4096)
def fold(cluster: str) -> str:
    """Return a character (with its accents) in its plain small form; empty when invisible."""
    if cluster.isspace():
        return " "
    plain = unicodedata.normalize("NFKC", cluster).casefold()
    plain = unicodedata.normalize("NFKC", plain)
    return "".join([" " if each.isspace() else each for each in plain if not _invisible(each)])


def joins_words(letter: str) -> bool:
    """Return whether words may meet at this letter without a blank, as in Chinese or Thai."""
    return _WORDLESS.match(letter) is not None


def is_wordly(letter: str) -> bool:
    """Return whether a letter goes on with the word before it."""
    return letter.isalnum() or letter == "_" or unicodedata.combining(letter) != 0


def _folded(original: str) -> tuple[str, list[int]]:
    """Return the folded text and where each of its letters, and its end, is in the original."""
    letters: list[str] = []
    places: list[int] = []
    for start, end in _clusters(original):
        for letter in fold(original[start:end]):
            if letter == " " and letters[-1:] == [" "]:
                continue
            letters.append(letter)
            places.append(start)
    places.append(len(original))
    return "".join(letters), places


def _invisible(letter: str) -> bool:
    return (
        unicodedata.category(letter) == "Cf"
        or ord(letter) in _VARIATION_SELECTORS
        or letter == _GRAPHEME_JOINER
    )


def _clusters(text: str) -> list[tuple[int, int]]:
    """Return characters together with what combines with them: accents and Hangul vowels."""
    starts = [
        place
        for place, letter in enumerate(text)
        if not place
        or letter.isascii()
        or not (unicodedata.combining(letter) or ord(letter) in _JAMO_INSIDE)
    ]
    return list(zip(starts, [*starts[1:], len(text)], strict=True))
