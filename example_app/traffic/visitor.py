"""The Locust user: plays visits from the plan at the wanted pace.

Importing this module imports Locust, which replaces the standard library's sockets and threads by
gevent's in the whole process. So only `example_app.traffic.run` imports it.
"""

import math
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random
from typing import Any

import requests
from locust import HttpUser, task
from locust.clients import ResponseContextManager

from example_app.traffic.answer_stream import read_stream
from example_app.traffic.journey import Journey
from example_app.traffic.traffic_record import Outcome, TrafficRecord
from example_app.traffic.visit_plan import FEEDBACK, Turn, Visit

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
        total: What was seen since the start.
        arrived: Visitors so far.
    """

    visits: Iterator[Visit]
    rate: float
    seed: int
    record: TrafficRecord = field(default_factory=TrafficRecord)
    total: TrafficRecord = field(default_factory=TrafficRecord)
    arrived: int = 0
    _ended_at: float = field(default_factory=time.monotonic)

    def mean_pause(self) -> float:
        """Seconds from one request of a visitor to its next, on average."""
        return visitors_for(self.rate) * 60 / self.rate

    def saw(self, outcome: Outcome) -> None:
        """Counts the end of a request."""
        self._ended_at = time.monotonic()
        self.record.add(outcome)
        self.total.add(outcome)

    def silence(self) -> float:
        """Seconds since the last request ended, or since the start."""
        return time.monotonic() - self._ended_at


def visitor_class(crowd: Crowd) -> type[HttpUser]:
    """A Locust user class bound to a crowd; Locust makes the users itself."""

    class Visitor(HttpUser):
        """One visitor after the other, each with a session of its own."""

        def __init__(self, *arguments: Any, **options: Any) -> None:
            super().__init__(*arguments, **options)
            crowd.arrived += 1
            self._pauses = Random(f"{crowd.seed}/{crowd.arrived}")
            self._journey = Journey(crowd.visits)
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
            turn = self._journey.next_turn()
            started = time.monotonic()
            with self.client.post(
                turn.path,
                name=turn.kind,
                headers=self._journey.headers(),
                timeout=_TIMEOUT_SECONDS,
                stream=turn.stream,
                catch_response=True,
                **self._journey.content(turn),
            ) as response:
                outcome = _outcome_of(response, turn, started)
                self._journey.heard(outcome)
                crowd.saw(outcome)
                if outcome.status in (_REFUSALS if turn.refused else _SUCCESS):
                    response.success()
                else:
                    response.failure(f"HTTP {outcome.status}" if outcome.status else "no answer")

    return Visitor


def _outcome_of(response: ResponseContextManager, turn: Turn, started: float) -> Outcome:
    """Reads the answer to its end."""
    # Without an answer the status is 0, and everything else on the response raises.
    status = response.status_code or 0
    answer: dict[str, Any] | None = None
    first_token: float | None = None
    if status in _SUCCESS and turn.stream:
        try:
            told = read_stream(line.decode("utf-8", "replace") for line in response.iter_lines())
        except requests.RequestException:
            status = 0  # broken off
        else:
            status, answer = told.status, told.answer or None
            first_token = None if told.first_at is None else told.first_at - started
    elif status in _SUCCESS and turn.kind != FEEDBACK:
        answer = _json_object(response)
    return Outcome(status, time.monotonic() - started, answer, first_token)


def _json_object(response: ResponseContextManager) -> dict[str, Any]:
    """The JSON object of an answer, or an empty one."""
    try:
        answer = response.json()
    except ValueError:
        return {}
    return answer if isinstance(answer, dict) else {}
