"""The prompt catalogue, read from `prompts.toml`."""

import copy
import tomllib
from collections.abc import Collection
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
class Habits:
    """What people do besides asking once, as probabilities.

    Attributes:
        follow_up: Asking on after an answer.
        most_turns: Most questions of a visit (a number, not a probability).
        feedback: Giving a thumb to an answer.
        up: That the thumb is up.
        stream: Wanting the answers of a visit as server-sent events.
        key: Sending the tenant's key along.
    """

    follow_up: float
    most_turns: int
    feedback: float
    up: float
    stream: float
    key: float


@dataclass(frozen=True)
class BadRequest:
    """A request to be refused: a JSON `body`, or a `raw` text in its place, sent with a `key`."""

    body: dict[str, Any] | None = None
    raw: str | None = None
    key: str | None = None


class Prompts:
    """Everything in the catalogue.

    Attributes:
        shares: Share of visits of each kind.
        habits: What else happens in a visit.
        tenants: Who asks.
        bad: Requests to be refused.
    """

    def __init__(self, table: dict[str, Any]) -> None:
        self.shares: dict[str, float] = table["shares"]
        self.habits = Habits(**table["habits"])
        self.tenants = tuple(Tenant(**row) for row in table["tenant"])
        self.bad = tuple(BadRequest(**row) for row in table["bad"])
        self._places: dict[str, Any] = table["places"]
        self._texts: dict[str, dict[str, list[str]]] = {
            name: table[name] for name in sorted({tenant.template for tenant in self.tenants})
        }

    @classmethod
    def load(cls, path: Path = _FILE) -> "Prompts":
        """Reads the catalogue from a TOML file."""
        return cls(tomllib.loads(path.read_text(encoding="utf-8")))

    def of_tenants(self, known: Collection[str]) -> "Prompts":
        """The same catalogue with these tenants alone, all of them if none of these is in it."""
        kept = tuple(tenant for tenant in self.tenants if tenant.name in known)
        fewer = copy.copy(self)
        fewer.tenants = kept or self.tenants
        return fewer

    @property
    def templates(self) -> tuple[str, ...]:
        """The agent templates that there are prompts for."""
        return tuple(self._texts)

    def texts(self, template: str, kind: str) -> list[str]:
        """The prompts of one kind for one agent template, the most popular first."""
        return self._texts[template][kind]

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
