"""One visitor's way through the plan: what to send next, with what the agent said before."""

from collections import deque
from collections.abc import Iterator
from typing import Any

from example_app.tenants import tenant_key
from example_app.traffic.traffic_record import Outcome
from example_app.traffic.visit_plan import FEEDBACK, Turn, Visit

_UNAUTHORIZED = 401


class Journey:
    """Goes through one visit after the other.

    An agent that asks for keys gets them from the first refusal on.

    Args:
        visits: The plan, shared with other journeys: whoever is free takes the next visit.
    """

    def __init__(self, visits: Iterator[Visit]) -> None:
        self._visits = visits
        self._turns: deque[Turn] = deque()
        self._key: str | None = None
        self._keys_wanted = False
        self._last_answer: dict[str, Any] = {}

    def next_turn(self) -> Turn:
        """The next request; a thumb for an answer that did not come is passed over."""
        while True:
            if not self._turns:
                visit = next(self._visits)
                self._turns.extend(visit.turns)
                self._key = self._key_of(visit)
                self._last_answer = {}
            turn = self._turns.popleft()
            if turn.kind != FEEDBACK or "trace_id" in self._last_answer:
                return turn

    def headers(self) -> dict[str, str]:
        """The headers of the turn."""
        key = {} if self._key is None else {"X-API-Key": self._key}
        return {"Content-Type": "application/json", **key}

    def content(self, turn: Turn) -> dict[str, Any]:
        """The turn's body, as an HTTP client's `json` or `data`."""
        if turn.raw is not None:
            return {"data": turn.raw}
        body = dict(turn.body or {})
        name = "trace_id" if turn.kind == FEEDBACK else "session_id"
        if name in self._last_answer:
            body[name] = self._last_answer[name]
        return {"json": body}

    def heard(self, outcome: Outcome) -> None:
        """Keeps what an answer says for the turns after it."""
        if outcome.answer:
            self._last_answer = outcome.answer
        if outcome.status == _UNAUTHORIZED and self._key is None:
            self._keys_wanted = True

    def _key_of(self, visit: Visit) -> str | None:
        if visit.wrong_key is not None:
            return visit.wrong_key
        return tenant_key(visit.tenant) if visit.with_key or self._keys_wanted else None
