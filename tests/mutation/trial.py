"""One wrong rule and the case files that could notice it."""

from dataclasses import dataclass

from tests.mutation.rule_mutants import Rule


@dataclass(frozen=True, slots=True)
class Trial:
    """One wrong rule, where it stands, and the case files that could notice it.

    Attributes:
        path: rule file below prometheus/.
        name: `Alert/scope` or the recorded series.
        change: what is wrong, see `rule_mutants.Mutant`.
        rule: the wrong rule.
        text: the whole rule file with the wrong rule in it.
        cases: names of case files, the likeliest first.
    """

    path: str
    name: str
    change: str
    rule: Rule
    text: str
    cases: tuple[str, ...]

    @property
    def key(self) -> str:
        """Return how survivors.toml names it."""
        return f"{self.name} · {self.change}"


def rule_name(rule: Rule) -> str:
    """Return `Alert/scope` or the name of the recorded series."""
    if "record" in rule:
        return str(rule["record"])
    labels = rule["labels"]
    assert isinstance(labels, dict)
    return f"{rule['alert']}/{labels['scope']}"
