"""People who ask the agent all at once, again and again, for as long as a fault is on."""

import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

import httpx

from tests.smoke.chat_requests import new_question

_PATIENCE_SECONDS = 90
_PAUSE_SECONDS = 0.2
_TOO_MANY_REQUESTS = 429
#: Each has its own allowance at the limiter.
_USERS = 40


@contextmanager
def fault(url: str, name: str, **settings: float | str) -> Iterator[None]:
    """Have a fault on at the agent, and off afterwards however it ends."""
    with httpx.Client(base_url=url, timeout=30) as app:
        asked = app.put(f"/faults/{name}", json={"duration_seconds": 600, **settings})
        assert asked.status_code == httpx.codes.OK, asked.text
        try:
            yield
        finally:
            app.request("DELETE", f"/faults/{name}", json={}).raise_for_status()


@contextmanager
def crowd(url: str, size: int, *, stream: bool = False) -> Iterator[Counter[str]]:
    """Let people ask what only a tool can answer.

    Args:
        url: the sample agent.
        size: how many ask at the same time.
        stream: whether they have their answers streamed.

    Yields:
        How often each status was answered, or which error came instead.
    """
    over, answers = threading.Event(), Counter[str]()

    def one(number: int) -> None:
        with httpx.Client(base_url=url, timeout=_PATIENCE_SECONDS) as app:
            while not over.is_set():
                body = {
                    "message": new_question(),
                    "user_id": f"crowd-{number % _USERS}",
                    "stream": stream,
                }
                try:
                    answer = app.post("/chat", json=body)
                except httpx.HTTPError as error:
                    answers[type(error).__name__] += 1
                    time.sleep(1)
                    continue
                answers[str(answer.status_code)] += 1
                over.wait(2 if answer.status_code == _TOO_MANY_REQUESTS else _PAUSE_SECONDS)

    people = [threading.Thread(target=one, args=(number,), daemon=True) for number in range(size)]
    for person in people:
        person.start()
    try:
        yield answers
    finally:
        over.set()
        for person in people:
            person.join(_PATIENCE_SECONDS)
