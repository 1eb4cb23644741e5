"""The prompt catalogue, read from `prompts.toml`."""

import tomllib
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

_FILE = Path(__file__).with_name("prompts.toml")


@dataclass(frozen=True)
class Tenant:
    """A customer: its share of all visits, how many people it has, which agent they use."""

    name: str
    share: float
    users: int
    template: str


@dataclass(frozen=True)
class TemplatePrompts:
    """The prompts for one agent template, by kind."""

    usual: tuple[str, ...]
    fresh: tuple[str, ...]
    slow: tuple[str, ...]
    follow_up: tuple[str, ...]


@dataclass(frozen=True)
class BadRequest:
    """A request to be refused: a JSON `body`, or a `raw` text in its place."""

    body: dict[str, Any] | None = None
    raw: str | None = None


class Prompts:
    """Everything in the catalogue.

    Attributes:
        shares: Share of visits of each kind: usual, fresh, slow, bad.
        follow_up_share: Share of usual visits that ask on.
        tenants: Who asks.
        bad: Requests to be refused.
    """

    def __init__(self, table: dict[str, Any]) -> None:
        self.shares: dict[str, float] = table["shares"]
        self.follow_up_share: float = table["follow_up"]["share"]
        self.tenants = tuple(Tenant(**row) for row in table["tenant"])
        self.bad = tuple(BadRequest(**row) for row in table["bad"])
        self._places: dict[str, Any] = table["places"]
        self._templates = {
            name: TemplatePrompts(**{kind: tuple(texts) for kind, texts in table[name].items()})
            for name in {tenant.template for tenant in self.tenants}
        }

    @classmethod
    def load(cls, path: Path = _FILE) -> "Prompts":
        """Reads the catalogue from a TOML file."""
        return cls(tomllib.loads(path.read_text(encoding="utf-8")))

    def template(self, name: str) -> TemplatePrompts:
        """The prompts of one agent template."""
        return self._templates[name]

    def fill(self, prompt: str, choice: Random) -> str:
        """The prompt with a choice for each of its places."""
        for name, options in self._places.items():
            place = "{" + name + "}"
            while place in prompt:
                value = (
                    choice.randint(options["from"], options["to"])
                    if isinstance(options, dict)
                    else choice.choice(options)
                )
                prompt = prompt.replace(place, str(value), 1)
        return prompt
