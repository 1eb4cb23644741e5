"""What a person spoke of earlier: bounded, expiring, the property of one person of one tenant."""

import re
import threading
from collections.abc import Mapping
from typing import Any

from cachetools import TTLCache

from agent_telemetry import ObservabilityStack

_MOST_PEOPLE = 10_000

#: How each fact is told to the model; other facts are not kept.
_TOLD = {"order_id": "order {}", "symbol": "the share {}"}
#: A fact is a short name and nothing else, so that none can carry instructions to the model.
_NAME = re.compile(r"[A-Za-z0-9-]{1,20}")

_POINTS_BACK = re.compile(
    r"\b(?:it|again|(?:my|the|that|this|same|last) "
    r"(?:last |latest |same )?(?:order|parcel|package|delivery|item|share|stock|company))\b",
    re.IGNORECASE,
)
_NAMES_ITS_THING = re.compile(r"\d{3,}|\b[A-Z]{3,5}\b")


def points_back(message: str) -> bool:
    """Return whether a message speaks of a thing that it does not name: "where is my order?"."""
    return bool(_POINTS_BACK.search(message)) and not _NAMES_ITS_THING.search(message)


class Memory:
    """The last order and the last share that each person spoke of.

    Lives in this process only. What it holds is in no span and in no log line.

    Args:
        stack: told that something was recalled or remembered, not what.
        ttl_seconds: how long a person is remembered after the last fact.
        most_people: people remembered at once; whoever was silent longest is forgotten first.
    """

    def __init__(
        self, stack: ObservabilityStack, ttl_seconds: float, most_people: int = _MOST_PEOPLE
    ) -> None:
        self._stack = stack
        self._people: TTLCache[tuple[str, str], dict[str, str]] = TTLCache(most_people, ttl_seconds)
        self._lock = threading.Lock()

    def recall(self, tenant_id: str, user_id: str) -> list[dict[str, Any]]:
        """Return messages that tell the model what this person spoke of; none if nothing is known.

        They are the person's own words, not the system's: what people say is never an instruction.
        """
        with self._stack.memory("recall") as step:
            with self._lock:
                facts = dict(self._people.get((tenant_id, user_id), {}))
            step.set("memory.facts", len(facts))
        if not facts:
            return []
        spoken = " and ".join(_TOLD[name].format(value) for name, value in sorted(facts.items()))
        return [{"role": "user", "content": f"Earlier I asked about {spoken}."}]

    def remember(self, tenant_id: str, user_id: str, facts: Mapping[str, object]) -> None:
        """Keep what a person spoke of; a newer fact takes the place of the older one."""
        kept = {
            name: str(value)
            for name, value in facts.items()
            if name in _TOLD and _NAME.fullmatch(str(value))
        }
        if not kept:
            return
        with self._stack.memory("remember") as step, self._lock:
            key = (tenant_id, user_id)
            self._people[key] = {**self._people.get(key, {}), **kept}
            step.set("memory.facts", len(kept))

    def forget(self, tenant_id: str, user_id: str) -> None:
        """Forget a person."""
        with self._lock:
            self._people.pop((tenant_id, user_id), None)
