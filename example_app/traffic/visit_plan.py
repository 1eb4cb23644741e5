"""Who visits when and asks what: an endless sequence that the seed alone decides."""

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random
from typing import Any

from example_app.traffic.prompts import Prompts, Tenant

_POPULARITY = 1.1
"""Exponent of Zipf's law: how much more often the first usual question is asked than the next."""


@dataclass(frozen=True)
class Turn:
    """One request of a visit.

    Attributes:
        kind: usual, fresh, slow, bad or follow_up.
        body: The JSON to post; the session id is added when the agent has given one.
        raw: A text to post in its place, for a body that is no JSON.
    """

    kind: str
    body: dict[str, Any] | None
    raw: str | None = None

    @property
    def refused(self) -> bool:
        """Whether the right answer is a 4xx."""
        return self.kind == "bad"


@dataclass(frozen=True)
class Visit:
    """What one person asks, in one session."""

    tenant: str
    template: str
    turns: tuple[Turn, ...]


def plan_visits(seed: int, prompts: Prompts) -> Iterator[Visit]:
    """All visits of a seed, without end; two calls with equal arguments give equal visits."""
    choice = Random(seed)
    kinds = list(prompts.shares)
    while True:
        tenant = choice.choices(prompts.tenants, [t.share for t in prompts.tenants])[0]
        kind = choice.choices(kinds, list(prompts.shares.values()))[0]
        yield Visit(tenant.name, tenant.template, _turns(kind, tenant, prompts, choice))


def _turns(kind: str, tenant: Tenant, prompts: Prompts, choice: Random) -> tuple[Turn, ...]:
    if kind == "bad":
        bad = choice.choice(prompts.bad)
        return (Turn("bad", bad.body, bad.raw),)
    texts = prompts.template(tenant.template)
    person = f"{tenant.name}-user-{choice.randint(1, tenant.users):02d}"
    options = {"usual": texts.usual, "fresh": texts.fresh, "slow": texts.slow}[kind]
    weights = [1 / rank**_POPULARITY for rank in range(1, len(options) + 1)]
    prompt = choice.choices(options, weights)[0]
    turns = [Turn(kind, _body(prompts.fill(prompt, choice), person, tenant))]
    if kind == "usual" and choice.random() < prompts.follow_up_share:
        asked_on = choice.choice(texts.follow_up)
        turns.append(Turn("follow_up", _body(asked_on, person, tenant)))
    return tuple(turns)


def _body(message: str, person: str, tenant: Tenant) -> dict[str, Any]:
    return {
        "message": message,
        "template": tenant.template,
        "tenant_id": tenant.name,
        "user_id": person,
    }
