"""Questions whose answers are known: what the research agent is examined by."""

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path

from example_app.data_folder import DATA

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_NUMBER = re.compile(r"(?<![\w.])[-+]?\d[\d,]*(?:\.\d+)?")


@dataclass(frozen=True)
class Question:
    """A question whose answer is a number.

    Attributes:
        name: what it is called in records.
        text: what the agent is asked.
        answer: the right number.
        tolerance: how far, absolutely, a right answer may be off.
    """

    name: str
    text: str
    answer: float
    tolerance: float = 0.005

    def is_answered_by(self, reply: str) -> bool:
        """Return whether the right number stands in a reply; dates are no numbers."""
        numbers = _NUMBER.findall(_DATE.sub(" ", reply))
        return any(
            abs(float(number.replace(",", "")) - self.answer) <= self.tolerance
            for number in numbers
        )


def load_questions(file: Path = DATA / "benchmark.toml") -> list[Question]:
    """Read the questions from a TOML file of ``[[question]]`` tables."""
    return [Question(**row) for row in tomllib.loads(file.read_text("utf-8"))["question"]]
