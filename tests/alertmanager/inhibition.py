"""Alertmanager's inhibition rules, read as data: which alert mutes which."""

import re
from dataclasses import dataclass
from functools import cache
from typing import Any

import yaml

from tests.config.compose_files import ROOT

_MATCHER = re.compile(r'(?P<label>\w+)\s*(?P<how>=~|!~|!=|=)\s*"(?P<value>.*)"')


@dataclass(frozen=True)
class Matcher:
    """One condition on a label."""

    label: str
    how: str
    value: str

    @classmethod
    def parse(cls, text: str) -> "Matcher":
        """Read a matcher as Alertmanager does."""
        found = _MATCHER.fullmatch(text.strip())
        assert found, f"not a matcher: {text}"
        return cls(**found.groupdict())

    def holds(self, labels: dict[str, str]) -> bool:
        """Whether an alert fulfils it."""
        given = labels.get(self.label, "")
        same = re.fullmatch(self.value, given) if "~" in self.how else given == self.value
        return bool(same) != self.how.startswith("!")


@dataclass(frozen=True)
class InhibitRule:
    """An alert of the source mutes those of the target that agree on the labels of `equal`."""

    name: str
    source: tuple[Matcher, ...]
    target: tuple[Matcher, ...]
    equal: tuple[str, ...]

    def is_source(self, labels: dict[str, str]) -> bool:
        """Whether an alert can mute."""
        return all(matcher.holds(labels) for matcher in self.source)

    def is_target(self, labels: dict[str, str]) -> bool:
        """Whether an alert can be muted."""
        return all(matcher.holds(labels) for matcher in self.target)

    def mutes(self, source: dict[str, str], target: dict[str, str]) -> bool:
        """Whether one alert mutes another."""
        return (
            self.is_source(source)
            and self.is_target(target)
            and not (self.is_source(target) and self.is_target(source))
            and all(source.get(label) == target.get(label) for label in self.equal)
        )

    def names(self) -> set[str]:
        """Return every alert that the rule names."""
        return {
            name
            for matcher in (*self.source, *self.target)
            if matcher.label == "alertname"
            for name in matcher.value.split("|")
        }


@cache
def inhibit_rules() -> tuple[InhibitRule, ...]:
    """Return the committed rules."""
    config: dict[str, Any] = yaml.safe_load(
        (ROOT / "alertmanager" / "alertmanager.yml").read_text("utf-8")
    )
    return tuple(
        InhibitRule(
            name=rule["name"],
            source=tuple(map(Matcher.parse, rule["source_matchers"])),
            target=tuple(map(Matcher.parse, rule["target_matchers"])),
            equal=tuple(rule["equal"]),
        )
        for rule in config["inhibit_rules"]
    )
