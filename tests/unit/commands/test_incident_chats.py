"""The chats of an incident: bounded, paced, counted by how they ended."""

import json
import threading
from collections.abc import Callable

import httpx
import pytest

from commands.incident_chats import IncidentChats
from example_app.incidents import Drive
from tests.polling import wait_for

OK = {"reply": "hello", "model": "gpt-4o-mini", "cost_usd": 0.5, "duration_ms": 1500, "tools": []}


class _Agent:
    """Answers chats as told and keeps what was asked."""

    def __init__(
        self, *answers: httpx.Response, before: Callable[[], object] = lambda: None
    ) -> None:
        self._answers = list(answers)
        self._before = before
        self._lock = threading.Lock()
        self.asked: list[httpx.Request] = []
        self.at_once = self.most_at_once = 0
        self.client = httpx.Client(
            transport=httpx.MockTransport(self._answer), base_url="http://agent"
        )

    def _answer(self, request: httpx.Request) -> httpx.Response:
        with self._lock:
            self.asked.append(request)
            self.at_once += 1
            self.most_at_once = max(self.most_at_once, self.at_once)
        self._before()
        with self._lock:
            answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
            self.at_once -= 1
        return answer

    @property
    def bodies(self) -> list[dict]:
        return [json.loads(request.content) for request in self.asked]


def _ok(**changed: object) -> httpx.Response:
    return httpx.Response(200, json={**OK, **changed})


def _chats(agent: _Agent, **drive: object) -> IncidentChats:
    given = {"messages": ["Where is my order 1042?"], "chats": 5, **drive}
    return IncidentChats(agent.client, "incident-x", Drive.model_validate(given))


def test_as_many_chats_as_told_each_in_new_words():
    """The number is exact, no two are alike, each has its own id, and progress ends at the sum."""
    agent, seen = _Agent(_ok()), []
    _chats(agent, chats=7, at_once=3).send(seen.append)
    assert len(agent.asked) == 7
    assert len({body["message"] for body in agent.bodies}) == 7
    assert len({request.headers["x-request-id"] for request in agent.asked}) == 7
    assert seen[-1] == 7


def test_so_many_at_once_as_told_and_no_more():
    """Three at once really are three: each waits here for two others, and there is no fourth."""
    agent = _Agent(_ok(), before=threading.Barrier(3, timeout=10).wait)
    _chats(agent, chats=6, at_once=3).send(lambda _: None)
    assert agent.most_at_once == 3


def test_repeated_chats_have_the_same_words():
    """Where a cache could answer, the words are the same again."""
    agent = _Agent(_ok())
    _chats(agent, repeated=True).send(lambda _: None)
    assert {body["message"] for body in agent.bodies} == {"Where is my order 1042?"}


def test_summary_tells_outcomes_cost_and_slowest():
    """How the chats ended, by status and code, what they cost and how long the longest took."""
    refused = httpx.Response(502, json={"error": {"code": "model_unavailable", "message": "m"}})
    failed = [{"name": "lookup_order", "status": "failed", "duration_ms": 1}]
    agent = _Agent(_ok(), refused, _ok(tools=failed, duration_ms=2500))
    chats = _chats(agent, chats=3)
    chats.send(lambda _: None)
    told = chats.summary()
    assert "3 chats: 2 answered 200, 1 answered 502 model_unavailable" in told
    assert "tool calls 1, failed 1" in told
    assert "$1.0000 by gpt-4o-mini" in told
    assert "slowest 2.5 s" in told


@pytest.mark.parametrize(
    ("end", "outcome"),
    [
        (f"event: done\ndata: {json.dumps(OK)}", "200"),
        ('event: error\ndata: {"status": 502, "error": {"code": "model_unavailable"}}',
         "502 model_unavailable"),
    ],
)  # fmt: skip
def test_stream_counts_by_its_last_event(end, outcome):
    """A stream that began well and broke is a failure."""
    text = f'event: token\ndata: {{"text": "he"}}\n\n{end}\n\n'
    headers = {"content-type": "text/event-stream; charset=utf-8"}
    agent = _Agent(httpx.Response(200, text=text, headers=headers))
    assert _chats(agent, stream=True).ask().outcome == outcome
    assert agent.bodies[0]["stream"] is True


def test_limited_chat_waits_and_asks_again():
    """A 429 is no outcome: the chat is sent again after the time it was told."""
    limited = httpx.Response(429, headers={"retry-after": "0"})
    agent = _Agent(limited, _ok())
    assert _chats(agent).ask().outcome == "200"
    assert len(agent.asked) == 2


def test_key_is_sent_once_it_is_asked_for():
    """Where a tenant's key is required the chats have one; elsewhere they name no tenant."""
    agent = _Agent(httpx.Response(401, json={"error": {"code": "key_required"}}), _ok())
    chats = _chats(agent)
    assert chats.ask().outcome == "200"
    assert chats.ask().outcome == "200"
    assert ["x-api-key" in request.headers for request in agent.asked] == [False, True, True]


def test_agent_that_breaks_off_is_counted_not_raised():
    """A lost connection is an outcome like any other."""

    def broken(request: httpx.Request) -> httpx.Response:
        raise httpx.ReadError("gone")

    client = httpx.Client(transport=httpx.MockTransport(broken), base_url="http://agent")
    drive = Drive(messages=["x"], chats=2)
    chats = IncidentChats(client, "incident-x", drive)
    chats.send(lambda _: None)
    assert chats.summary() == "2 chats: 2 answered ReadError"


def test_chats_go_on_until_told_and_no_longer():
    """While an alert is waited for there is one more now and then; afterwards none."""
    agent = _Agent(_ok())
    chats = _chats(agent, every_seconds=0.1)
    with chats.going_on():
        wait_for(lambda: len(agent.asked) >= 2, within=10, what="two more", pause=0.02)
    counted = len(agent.asked)
    wait_for(
        lambda: not any(t.name == "incident-chats" for t in threading.enumerate()),
        within=10,
        what="nobody asks any more",
        pause=0.02,
    )
    assert len(agent.asked) <= counted + 1


def test_interrupt_leaves_out_what_has_not_begun():
    """Ctrl-C while chats are under way is heard at once; the others are not sent."""
    gate = threading.Event()
    agent = _Agent(_ok(), before=lambda: gate.wait(10))

    def interrupt(_: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        _chats(agent, chats=200, at_once=2).send(interrupt)
    gate.set()
    wait_for(
        lambda: not any(t.name == "incident-chats" for t in threading.enumerate()),
        within=10,
        what="nobody asks any more",
        pause=0.02,
    )
    assert len(agent.asked) == 2
