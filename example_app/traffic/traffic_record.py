"""What the traffic saw of the agent: counted by the minute and over all."""

import math
from dataclasses import dataclass, field
from typing import Any

_SUCCESS = range(200, 400)
_CLIENT_ERRORS = range(400, 500)


@dataclass
class TrafficRecord:
    """Counts of requests and their outcomes.

    Attributes:
        requests: Requests sent.
        succeeded: Answers with 2xx or 3xx.
        client_errors: Answers with 4xx, the refused ones among them.
        failed: Answers with 5xx, and requests without an answer.
        cached: Successful answers from the agent's cache.
        cost_usd: Sum of the costs the answers told, in US dollars.
        unpriced: Successful answers whose cost nobody knows.
    """

    requests: int = 0
    succeeded: int = 0
    client_errors: int = 0
    failed: int = 0
    cached: int = 0
    cost_usd: float = 0.0
    unpriced: int = 0
    _durations: list[float] = field(default_factory=list)

    def add(self, status: int, answer: dict[str, Any], seconds: float) -> None:
        """Counts one request.

        Args:
            status: HTTP status; 0 when there was no answer.
            answer: The decoded answer of a success, else empty.
            seconds: How long it took.
        """
        self.requests += 1
        self._durations.append(seconds)
        if status in _CLIENT_ERRORS:
            self.client_errors += 1
        elif status not in _SUCCESS:
            self.failed += 1
        else:
            self.succeeded += 1
            self.cached += answer.get("cached") is True
            cost = answer.get("cost_usd")
            if isinstance(cost, int | float):
                self.cost_usd += cost
            else:
                self.unpriced += 1

    def as_json(self) -> dict[str, Any]:
        """The counts, with the 95th percentile of the durations in milliseconds."""
        return {
            "requests": self.requests,
            "succeeded": self.succeeded,
            "client_errors": self.client_errors,
            "failed": self.failed,
            "cached": self.cached,
            "unpriced": self.unpriced,
            "cost_usd": round(self.cost_usd, 6),
            "p95_ms": self._p95_ms(),
        }

    def _p95_ms(self) -> float | None:
        if not self._durations:
            return None
        ordered = sorted(self._durations)
        return round(ordered[math.ceil(0.95 * len(ordered)) - 1] * 1000, 1)
