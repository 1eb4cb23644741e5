"""Requests that the smoke test sends to the sample agent."""

import random
import string
import time
from dataclasses import dataclass
from typing import Any

import httpx

QUESTION = "Where is my order 1042?"
"""A question that the agent can only answer by its tool lookup_order."""

ANSWER_FIELDS = frozenset(
    {
        "reply",
        "session_id",
        "request_id",
        "trace_id",
        "template",
        "model",
        "tokens",
        "cost_usd",
        "cached",
        "tools",
        "duration_ms",
    }
)

_PATIENCE_SECONDS = 60


@dataclass(frozen=True)
class Canary:
    """One request that can be found again in every signal.

    Attributes:
        request_id: what was sent as X-Request-ID.
        trace_id: what the answer named.
        sent_at: seconds since 1970.
        response: the answer as it came.
    """

    request_id: str
    trace_id: str
    sent_at: float
    response: httpx.Response

    @property
    def answer(self) -> dict[str, Any]:
        """The answer's JSON."""
        found: dict[str, Any] = self.response.json()
        return found


def new_question() -> str:
    """Return the question in words that nobody used before, so that no cache answers it.

    Letters only: a number could be taken for an order.
    """
    letters = "".join(random.choices(string.ascii_lowercase, k=12))
    return f"{QUESTION} My reference is {letters}."


def ask(app: httpx.Client, message: str, request_id: str, **fields: Any) -> httpx.Response:
    """Send one chat; `fields` go into the body."""
    return app.post(
        "/chat",
        json={"message": message, **fields},
        headers={"X-Request-ID": request_id},
        timeout=_PATIENCE_SECONDS,
    )


def send_canary(app: httpx.Client, request_id: str) -> Canary:
    """Send the canary and demand an answer."""
    sent_at = time.time()
    response = ask(app, new_question(), request_id)
    assert response.status_code == 200, f"{response.status_code}: {response.text[:500]}"
    return Canary(request_id, response.json().get("trace_id", ""), sent_at, response)


def drive(app: httpx.Client, count: int, label: str) -> list[httpx.Response]:
    """Send chats one after the other; a limited one (429) waits as long as it was told to.

    Args:
        app: the sample agent.
        count: how many answers other than 429 are wanted.
        label: start of their request ids.
    """
    answers: list[httpx.Response] = []
    deadline = time.monotonic() + _PATIENCE_SECONDS + 2 * count
    while len(answers) < count and time.monotonic() < deadline:
        response = ask(app, new_question(), f"{label}-{len(answers)}")
        if response.status_code == 429:
            time.sleep(min(5.0, float(response.headers.get("retry-after", "1"))))
            continue
        answers.append(response)
    assert len(answers) == count, f"only {len(answers)} of {count} chats got past the limiter"
    return answers
