"""Plays visits of the traffic's plan on a running agent and keeps what was sent and answered."""

from collections import Counter
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import httpx

from example_app.traffic.answer_stream import read_stream
from example_app.traffic.journey import Journey
from example_app.traffic.traffic_record import Outcome
from example_app.traffic.visit_plan import FEEDBACK, Turn, Visit

_PATIENCE_SECONDS = 120


@dataclass(frozen=True)
class Sent:
    """One request and its answer.

    Attributes:
        turn: what was sent.
        http_status: the status line's.
        status: the outcome's: for a stream that broke, what its last event told.
        answer: the decoded answer of a chat that succeeded.
    """

    turn: Turn
    http_status: int
    status: int
    answer: dict[str, Any] | None = None

    @property
    def outcome(self) -> str:
        """The value of `status` in agent_requests_total."""
        if self.status >= 500:
            return "error"
        if self.status == 429:
            return "rejected"
        return "client_error" if self.status >= 400 else "success"


@dataclass
class PlayedMix:
    """Everything that was sent."""

    sent: list[Sent] = field(default_factory=list)

    @property
    def answers(self) -> list[dict[str, Any]]:
        """The answers of the chats that succeeded."""
        return [each.answer for each in self.sent if each.answer is not None]

    def play(self, http: httpx.Client, visits: Iterable[Visit], at_once: int = 8) -> list[Sent]:
        """Play visits, several at a time; return what was sent now."""
        shared = iter(list(visits))
        with ThreadPoolExecutor(at_once) as pool:
            walks = [pool.submit(_walk, http, Journey(shared)) for _ in range(at_once)]
        now = [each for walk in walks for each in walk.result()]
        self.sent += now
        return now

    def cost(self) -> float:
        """US dollars, by the answers."""
        return sum(answer["cost_usd"] for answer in self.answers)

    def tokens(self, kind: str) -> int:
        """Tokens (`input` or `output`), by the answers."""
        return sum(answer["tokens"][kind] for answer in self.answers)

    def tools(self) -> Counter[tuple[str, str]]:
        """Tool calls by name and status, by the answers."""
        return Counter(
            (tool["name"], tool["status"]) for answer in self.answers for tool in answer["tools"]
        )

    def thumbs(self) -> Counter[str]:
        """Feedback that was taken, by rating."""
        return Counter(
            each.turn.body["rating"]
            for each in self.sent
            if each.turn.kind == FEEDBACK and each.status == 200 and each.turn.body
        )


def _walk(http: httpx.Client, journey: Journey) -> list[Sent]:
    sent = []
    while True:
        try:
            turn = journey.next_turn()
        except StopIteration:
            return sent
        each = _send(http, journey, turn)
        journey.heard(Outcome(each.status, 0, each.answer))
        sent.append(each)


def _send(http: httpx.Client, journey: Journey, turn: Turn) -> Sent:
    content = journey.content(turn)
    body = {"json": content["json"]} if "json" in content else {"content": content["data"]}
    with http.stream(
        "POST", turn.path, headers=journey.headers(), timeout=_PATIENCE_SECONDS, **body
    ) as response:
        code = response.status_code
        if code != 200 or turn.kind == FEEDBACK:
            response.read()
            return Sent(turn, code, code)
        if turn.stream:
            told = read_stream(response.iter_lines())
            return Sent(turn, code, told.status, told.answer or None)
        response.read()
        return Sent(turn, code, code, response.json())
