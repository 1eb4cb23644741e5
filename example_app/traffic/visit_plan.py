"""Who visits when and asks what: an endless sequence that the seed alone decides."""

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random
from typing import Any

from example_app.traffic.prompts import Prompts, Tenant

_POPULARITY = 1.1
"""Exponent of Zipf's law: how much more often the first usual question is asked than the next."""

FEEDBACK = "feedback"
_REFUSED = frozenset({"bad", "blocked"})
_GOES_ON = frozenset({"usual", "fresh", "foreign"})
"""Kinds of first questions after which people ask on."""


@dataclass(frozen=True)
class Turn:
    """One request of a visit.

    Attributes:
        kind: a share's name in `prompts.toml`, or follow_up or feedback.
        body: The JSON to post; the session id (a chat) or the trace id of the last answer
            (feedback) is added when the agent has given one.
        raw: A text to post in its place, for a body that is no JSON.
    """

    kind: str
    body: dict[str, Any] | None
    raw: str | None = None

    @property
    def refused(self) -> bool:
        """Whether the right answer is a 4xx."""
        return self.kind in _REFUSED

    @property
    def path(self) -> str:
        """Where it is posted."""
        return "/feedback" if self.kind == FEEDBACK else "/chat"

    @property
    def stream(self) -> bool:
        """Whether the answer comes as server-sent events."""
        return bool(self.body and self.body.get("stream"))


@dataclass(frozen=True)
class Visit:
    """What one person asks, in one session.

    Attributes:
        tenant: Whose person it is.
        template: Which agent is asked.
        turns: The requests, one after the other.
        with_key: Whether the tenant's key is sent along.
        wrong_key: A key that is sent in its place.
    """

    tenant: str
    template: str
    turns: tuple[Turn, ...]
    with_key: bool = False
    wrong_key: str | None = None


def plan_visits(seed: int, prompts: Prompts) -> Iterator[Visit]:
    """All visits of a seed, without end; two calls with equal arguments give equal visits."""
    choice = Random(seed)
    kinds = list(prompts.shares)
    while True:
        tenant = choice.choices(prompts.tenants, [t.share for t in prompts.tenants])[0]
        kind = choice.choices(kinds, list(prompts.shares.values()))[0]
        if kind == "bad":
            bad = choice.choice(prompts.bad)
            turn = Turn(kind, bad.body, bad.raw)
            yield Visit(tenant.name, tenant.template, (turn,), wrong_key=bad.key)
        else:
            with_key = choice.random() < prompts.habits.key
            turns = _turns(kind, tenant, prompts, choice)
            yield Visit(tenant.name, tenant.template, turns, with_key)


def _turns(kind: str, tenant: Tenant, prompts: Prompts, choice: Random) -> tuple[Turn, ...]:
    habits = prompts.habits
    person = f"{tenant.name}-user-{choice.randint(1, tenant.users):02d}"
    stream = choice.random() < habits.stream
    options = prompts.texts(tenant.template, kind)
    weights = [1 / rank**_POPULARITY for rank in range(1, len(options) + 1)]
    message = prompts.fill(choice.choices(options, weights)[0], choice)
    turns: list[Turn] = []
    asked = kind
    for number in range(1, habits.most_turns + 1):
        turns.append(Turn(asked, _body(message, person, tenant, stream=stream)))
        if asked not in _REFUSED and choice.random() < habits.feedback:
            turns.append(Turn(FEEDBACK, {"rating": _thumb(habits.up, choice)}))
        over = number == habits.most_turns or kind not in _GOES_ON
        if over or choice.random() >= habits.follow_up:
            break
        asked, message = "follow_up", choice.choice(prompts.texts(tenant.template, "follow_up"))
    return tuple(turns)


def _thumb(up: float, choice: Random) -> str:
    return "up" if choice.random() < up else "down"


def _body(message: str, person: str, tenant: Tenant, *, stream: bool) -> dict[str, Any]:
    return {
        "message": message,
        "template": tenant.template,
        "tenant_id": tenant.name,
        "user_id": person,
        **({"stream": True} if stream else {}),
    }
