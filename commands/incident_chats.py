"""The chats that make an incident visible: bounded in number, paced, and counted."""

import itertools
import json
import random
import string
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx

from example_app.incidents import Drive
from example_app.tenants import tenant_key

_PATIENCE_SECONDS = 180
_TOO_MANY_REQUESTS = 429
_LOOK_SECONDS = 1.0
_UNAUTHORIZED = 401
#: Asks where a key is required: a tenant of every preset.
_TENANT = "umbrella"


@dataclass(frozen=True)
class Answer:
    """What one chat came to.

    Attributes:
        outcome: `200`, or the status and the code of the error.
        body: the answer's JSON, empty when there is none.
    """

    outcome: str
    body: dict[str, Any]


class IncidentChats:
    """Asks the agent.

    Args:
        app: the sample agent.
        label: start of every request id.
        drive: what to ask, and how often.
    """

    def __init__(self, app: httpx.Client, label: str, drive: Drive) -> None:
        self._app = app
        self._label = label
        self._drive = drive
        self._questions = itertools.cycle(drive.messages)
        self._numbers = itertools.count(1)
        self._lock = threading.Lock()
        self._key: dict[str, str] = {}
        self.answers: list[Answer] = []

    def send(self, look: Callable[[int], None]) -> None:
        """Send the chats that the incident begins with, and wait for their answers.

        Args:
            look: called about every second with how many have been answered.
        """
        left = iter(range(self._drive.chats))
        given_up = threading.Event()

        def work() -> None:
            while not given_up.is_set():
                with self._lock:
                    if next(left, None) is None:
                        return
                self.ask()

        before = len(self.answers)
        # Daemons: Ctrl-C is heard at once, whatever answers are still waited for.
        workers = [
            threading.Thread(target=work, name="incident-chats", daemon=True)
            for _ in range(self._drive.at_once)
        ]
        for worker in workers:
            worker.start()
        try:
            for worker in workers:
                while worker.is_alive():
                    worker.join(_LOOK_SECONDS)
                    look(len(self.answers) - before)
            look(len(self.answers) - before)
        finally:
            given_up.set()

    @contextmanager
    def going_on(self) -> Iterator[None]:
        """Send one more chat now and then, as an alert needs to be kept above its limit."""
        ended = threading.Event()

        def work() -> None:
            while not ended.wait(self._drive.every_seconds):
                self.ask()

        thread = threading.Thread(target=work, name="incident-chats", daemon=True)
        thread.start()
        try:
            yield
        finally:
            ended.set()

    def ask(self, message: str | None = None) -> Answer:
        """Send one chat; a limited one (429) waits as long as it was told to, three times."""
        with self._lock:
            asked = message or self._next_question()
            number = next(self._numbers)
        answer = Answer("not sent", {})
        for _ in range(3):
            answer, pause = self._post(asked, number)
            if pause is None:
                break
            time.sleep(pause)
        with self._lock:
            self.answers.append(answer)
        return answer

    def summary(self) -> str:
        """Return how the chats ended and what they cost, in one line."""
        with self._lock:
            answers = list(self.answers)
        outcomes = Counter(answer.outcome for answer in answers)
        told = [f"{count} answered {outcome}" for outcome, count in outcomes.most_common()]
        tools = [tool for answer in answers for tool in answer.body.get("tools", [])]
        failed = sum(tool.get("status") == "failed" for tool in tools)
        cost = sum(answer.body.get("cost_usd") or 0 for answer in answers)
        slowest = max((answer.body.get("duration_ms", 0) for answer in answers), default=0)
        models = sorted({answer.body["model"] for answer in answers if "model" in answer.body})
        facts = [f"{len(answers)} chats: {', '.join(told) or 'none'}"]
        facts += [f"tool calls {len(tools)}, failed {failed}"] if tools else []
        facts += [f"${cost:.4f} by {', '.join(models)}"] if models else []
        facts += [f"slowest {slowest / 1000:.1f} s"] if slowest else []
        return "; ".join(facts)

    def _next_question(self) -> str:
        question = next(self._questions)
        if self._drive.repeated:
            return question
        # New words, so that no cache answers; letters, as a number could be taken for an order.
        letters = "".join(random.choices(string.ascii_lowercase, k=12))
        return f"{question} My reference is {letters}."

    def _post(self, message: str, number: int) -> tuple[Answer, float | None]:
        """Return the answer, and the pause after which to ask again if it was limited."""
        body = {"message": message, "template": self._drive.template, "user_id": "incident"}
        key = self._key
        try:
            response = self._app.post(
                "/chat",
                json={**body, "stream": self._drive.stream},
                headers={"x-request-id": f"{self._label}-{number}", **key},
                timeout=_PATIENCE_SECONDS,
            )
        except (httpx.HTTPError, RuntimeError) as error:  # the latter: the client was closed
            return Answer(type(error).__name__, {}), None
        if response.status_code == _TOO_MANY_REQUESTS:
            pause = min(10.0, float(response.headers.get("retry-after", "1")))
            return Answer("429", {}), pause
        if response.status_code == _UNAUTHORIZED and not key:
            self._key = {"x-api-key": tenant_key(_TENANT)}
            return Answer("401", {}), 0
        return _read(response), None


def _read(response: httpx.Response) -> Answer:
    status, value = response.status_code, {}
    try:
        if response.headers.get("content-type", "").startswith("text/event-stream"):
            name, value = _last_event(response.text)
            status = value.get("status", status) if name == "error" else status
        else:
            value = response.json()
    except ValueError:
        return Answer(f"{status}, no JSON", {})
    error = value.get("error") if isinstance(value, dict) else None
    if isinstance(error, dict):
        return Answer(f"{status} {error.get('code', '')}".strip(), {})
    return Answer(str(status), value if isinstance(value, dict) else {})


def _last_event(text: str) -> tuple[str, dict[str, Any]]:
    """Return name and data of the last of some server-sent events."""
    name, data = "", "{}"
    for line in text.splitlines():
        field, _, value = line.partition(":")
        if field == "event":
            name = value.strip()
        elif field == "data":
            data = value.strip()
    return name, json.loads(data)
