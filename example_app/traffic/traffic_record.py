"""What the traffic saw of the agent: counted by the minute and over all."""

import math
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

_SUCCESS = range(200, 400)
_CLIENT_ERRORS = range(400, 500)
_MOST_DURATIONS = 100_000
"""So many of the last durations make the percentiles of a record that runs for months."""


@dataclass(frozen=True)
class Outcome:
    """How one request ended.

    Attributes:
        status: HTTP status; 0 when there was no answer, or a stream that broke off.
        seconds: Until the last byte.
        answer: The decoded answer of a chat that succeeded; None for feedback and failures.
        first_token: Seconds to the first event of a streamed answer.
    """

    status: int
    seconds: float
    answer: dict[str, Any] | None = None
    first_token: float | None = None


@dataclass
class TrafficRecord:
    """Counts of requests and their outcomes.

    Attributes:
        requests: Requests sent, feedback among them.
        succeeded: Answers with 2xx or 3xx.
        client_errors: Answers with 4xx, the refused ones among them.
        failed: Answers with 5xx, and requests without an answer.
        chats: Chats that succeeded.
        streamed: Those of them that came as server-sent events.
        cached: Those of them from the agent's cache.
        cost_usd: Sum of the costs the answers told, in US dollars.
        unpriced: Chats that succeeded whose cost nobody knows.
    """

    requests: int = 0
    succeeded: int = 0
    client_errors: int = 0
    failed: int = 0
    chats: int = 0
    streamed: int = 0
    cached: int = 0
    cost_usd: float = 0.0
    unpriced: int = 0
    _durations: deque[float] = field(default_factory=lambda: deque(maxlen=_MOST_DURATIONS))
    _first_tokens: deque[float] = field(default_factory=lambda: deque(maxlen=_MOST_DURATIONS))

    def add(self, outcome: Outcome) -> None:
        """Counts one request."""
        self.requests += 1
        self._durations.append(outcome.seconds)
        if outcome.status in _CLIENT_ERRORS:
            self.client_errors += 1
        elif outcome.status not in _SUCCESS:
            self.failed += 1
        else:
            self.succeeded += 1
            if outcome.answer is not None:
                self._add_chat(outcome.answer, outcome.first_token)

    def _add_chat(self, answer: dict[str, Any], first_token: float | None) -> None:
        self.chats += 1
        if first_token is not None:
            self.streamed += 1
            self._first_tokens.append(first_token)
        self.cached += answer.get("cached") is True
        cost = answer.get("cost_usd")
        if isinstance(cost, int | float):
            self.cost_usd += cost
        else:
            self.unpriced += 1

    def as_json(self) -> dict[str, Any]:
        """The counts, with percentiles of the durations and first tokens in milliseconds."""
        return {
            "requests": self.requests,
            "succeeded": self.succeeded,
            "client_errors": self.client_errors,
            "failed": self.failed,
            "chats": self.chats,
            "streamed": self.streamed,
            "cached": self.cached,
            "unpriced": self.unpriced,
            "cost_usd": round(self.cost_usd, 9),
            "p50_ms": _percentile_ms(self._durations, 0.50),
            "p95_ms": _percentile_ms(self._durations, 0.95),
            "first_token_p95_ms": _percentile_ms(self._first_tokens, 0.95),
        }


def _percentile_ms(seconds: Iterable[float], share: float) -> float | None:
    """The smallest value that a share of all does not exceed; None of nothing."""
    ordered = sorted(seconds)
    if not ordered:
        return None
    return round(ordered[math.ceil(share * len(ordered)) - 1] * 1000, 1)
