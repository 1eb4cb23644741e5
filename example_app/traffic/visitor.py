"""The Locust user: plays visits from the plan at the wanted pace.

Importing this module imports Locust, which replaces the standard library's sockets and threads by
gevent's in the whole process. So only `example_app.traffic.run` imports it.
"""

import math
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random
from typing import Any

from locust import HttpUser, task
from locust.clients import ResponseContextManager

from example_app.traffic.traffic_record import TrafficRecord
from example_app.traffic.visit_plan import Turn, Visit

_REQUESTS_PER_VISITOR = 10
_MOST_VISITORS = 200
_TIMEOUT_SECONDS = 90
_SUCCESS = range(200, 400)
_REFUSALS = range(400, 500)


def visitors_for(rate: float) -> int:
    """How many visitors at once give `rate` requests a minute without queueing for answers."""
    return min(_MOST_VISITORS, max(2, math.ceil(rate / _REQUESTS_PER_VISITOR)))


@dataclass
class Crowd:
    """What all visitors share.

    Attributes:
        visits: The plan; whoever is free takes the next visit.
        rate: Requests a minute of all together.
        seed: Start of the pauses.
        record: What was seen since the last report.
    """

    visits: Iterator[Visit]
    rate: float
    seed: int
    record: TrafficRecord = field(default_factory=TrafficRecord)
    arrived: int = 0

    def mean_pause(self) -> float:
        """Seconds from one request of a visitor to its next, on average."""
        return visitors_for(self.rate) * 60 / self.rate


def visitor_class(crowd: Crowd) -> type[HttpUser]:
    """A Locust user class bound to a crowd; Locust makes the users itself."""

    class Visitor(HttpUser):
        """One visitor after the other, each with a session of its own."""

        def __init__(self, *arguments: Any, **options: Any) -> None:
            super().__init__(*arguments, **options)
            crowd.arrived += 1
            self._pauses = Random(f"{crowd.seed}/{crowd.arrived}")
            self._turns: deque[Turn] = deque()
            self._session_id: str | None = None
            self._next_at = time.monotonic()

        def on_start(self) -> None:
            """Begins with a pause, so that visitors do not all come at once."""
            self.wait()

        def wait_time(self) -> float:
            """Seconds to the next request; the time the last answer took is part of the pause."""
            now = time.monotonic()
            self._next_at += self._pauses.expovariate(1 / crowd.mean_pause())
            # After an answer that took very long, what was missed is not made up for.
            self._next_at = max(self._next_at, now)
            return self._next_at - now

        @task
        def ask(self) -> None:
            """Sends the next turn."""
            if not self._turns:
                self._session_id = None
                self._turns.extend(next(crowd.visits).turns)
            self._send(self._turns.popleft())

        def _send(self, turn: Turn) -> None:
            content: dict[str, Any] = {"data": turn.raw}
            if turn.raw is None:
                session = {"session_id": self._session_id} if self._session_id else {}
                content = {"json": {**(turn.body or {}), **session}}
            started = time.monotonic()
            with self.client.post(
                "/chat",
                name=turn.kind,
                headers={"Content-Type": "application/json"},
                timeout=_TIMEOUT_SECONDS,
                catch_response=True,
                **content,
            ) as response:
                # Without an answer the status is 0, and everything else on the response raises.
                status = response.status_code or 0
                answer = _answer_of(response) if status in _SUCCESS else {}
                self._session_id = answer.get("session_id") or self._session_id
                crowd.record.add(status, answer, time.monotonic() - started)
                if status in (_REFUSALS if turn.refused else _SUCCESS):
                    response.success()
                else:
                    response.failure(f"HTTP {status}" if status else "no answer")

    return Visitor


def _answer_of(response: ResponseContextManager) -> dict[str, Any]:
    """The JSON object of an answer, or an empty one."""
    try:
        answer = response.json()
    except ValueError:
        return {}
    return answer if isinstance(answer, dict) else {}
