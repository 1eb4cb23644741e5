"""What each alert says, from the files <group>.yml here: a fixed headline and a templated line."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from prometheus import strict_yaml
from prometheus.bad_rule import BadRuleError

HERE = Path(__file__).parent
# `{limit:.0%}` but not Prometheus' own `{{ … }}`.
_PLACEHOLDER = re.compile(r"(?<!\{)\{(\w+)(:[^{}]+)?\}(?!\})")


@dataclass(frozen=True, slots=True)
class Text:
    """What one alert says.

    Attributes:
        key: name/scope of the alert.
        summary: one fixed sentence: the headline of a group of alerts.
        description: text with `{placeholders}` and Prometheus templates.
    """

    key: str
    summary: str
    description: str

    def describe(self, values: Mapping[str, Any]) -> str:
        """Return the description with its placeholders filled.

        Raises:
            BadRuleError: if it names a value that is not there.
        """

        def fill(found: re.Match[str]) -> str:
            if found[1] not in values:
                raise BadRuleError(f"{self.key}: the description names {{{found[1]}}}")
            return format(values[found[1]], (found[2] or ":")[1:])

        return _PLACEHOLDER.sub(fill, self.description)


def _text(key: str, entry: object) -> Text:
    wanted = {"summary", "description"}
    if not isinstance(entry, dict) or entry.keys() != wanted:
        raise BadRuleError(f"{key}: its text has `summary` and `description` and nothing else")
    for name in wanted:
        if not isinstance(entry[name], str) or not entry[name].strip():
            raise BadRuleError(f"{key}: `{name}` must be a text")
    return Text(key=key, **entry)


@cache
def texts(directory: Path = HERE) -> Mapping[str, Text]:
    """Return every text by the name/scope of its alert.

    Raises:
        BadRuleError: naming the alert whose text is wrong or there twice.
    """
    found: dict[str, Text] = {}
    for path in sorted(directory.glob("*.yml")):
        for key, entry in strict_yaml.read(path).items():
            if key in found:
                raise BadRuleError(f"{key}: its text is there twice")
            found[key] = _text(key, entry)
    return found
