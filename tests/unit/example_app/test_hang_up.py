"""A client that hangs up: its chat ends, costs no more, and is no error of ours."""

import asyncio
import threading
from collections.abc import Callable

import pytest

from tests.polling import wait_for
from tests.unit.example_app.conftest import Client
from tests.unit.example_app.leaving_client import post_and_leave
from tests.unit.example_app.scripted_model import Refused, chunk, scripted_model
from tests.unit.example_app.test_model_client import HELLO

ASKED = {"message": "Tell me a long story", "stream": True}


def counted(client: Client, status: str) -> float:
    """Return how many chats ended so."""
    labels = {"method": "POST", "endpoint": "/chat", "tenant_id": "public"}
    return client.sample("agent_requests_total", status=status, **labels)


def ended(client: Client) -> None:
    """Wait until no agent is busy."""
    wait_for(
        lambda: client.sample("agent_active_count") == 0,
        within=10,
        what="the agent is free",
        pause=0.02,
    )


async def until(question: Callable[[], bool]) -> None:
    """Wait for something while the app goes on."""
    await asyncio.to_thread(wait_for, question, within=10, what="it happens", pause=0.01)


def errors_of(client: Client) -> float:
    """Return all errors of agents and requests together."""
    return sum(
        sample.value
        for family in client.stack.registry.collect()
        if family.name in {"agent_errors", "errors"}
        for sample in family.samples
        if sample.name.endswith("_total")
    )


def test_hang_up_aborts_the_models_stream(make_client) -> None:
    """The model's words are read no further; chat and call are told as left, not as failed."""
    go_on = threading.Event()
    story = [
        chunk("Once. "),
        go_on,
        *[chunk("And then. ") for _ in range(500)],
        b"data: [DONE]\n\n",
    ]
    with scripted_model(story) as model:
        client = make_client(llm_base_url=model.url)
        heard = asyncio.run(post_and_leave(client.app, ASKED, None))
        go_on.set()
        ended(client)
    assert heard.count(b"event: ") == 1
    assert (counted(client, "client_error"), counted(client, "error")) == (1, 0)
    streams = {"provider": "openai", "outcome": "aborted"}
    assert client.sample("agent_stream_outcome_total", **streams) == 1
    assert client.sample("agent_user_actions_total", action="stream_left") == 1
    assert errors_of(client) == 0
    (line,) = client.log(event="request_end")
    assert line["status"] == "client_error"
    assert [line["extra"]["stream_outcome"] for line in client.log(event="llm_end")] == ["aborted"]
    assert client.log(level="ERROR") == []


@pytest.mark.parametrize("stream", [False, True])
def test_hang_up_before_the_first_word(make_client, *, stream: bool) -> None:
    """Who leaves while the model still thinks is let go at once; nothing more is asked for them."""
    hold = threading.Event()

    async def leave_soon(client: Client) -> None:
        leave = asyncio.Event()
        asked = asyncio.ensure_future(
            post_and_leave(client.app, {**ASKED, "stream": stream}, leave)
        )
        await until(lambda: model.calls == 1)
        leave.set()
        await asked

    script = [chunk("Hello."), b"data: [DONE]\n\n"] if stream else HELLO
    with scripted_model(script, hold=hold) as model:
        client = make_client(llm_base_url=model.url)
        asyncio.run(leave_soon(client))
        assert counted(client, "client_error") == 1
        hold.set()
        ended(client)
    assert model.calls == 1
    assert counted(client, "error") == 0


def test_hang_up_ends_the_wait_for_an_agent(make_client) -> None:
    """Who leaves the queue makes room in it and never gets an agent."""
    hold = threading.Event()

    async def two(client: Client) -> None:
        leave = asyncio.Event()
        first = asyncio.ensure_future(post_and_leave(client.app, ASKED, asyncio.Event()))
        await until(lambda: model.calls == 1)
        second = asyncio.ensure_future(post_and_leave(client.app, ASKED, leave))
        await until(lambda: client.sample("agent_queue_length") == 1)
        leave.set()
        await second
        await until(lambda: client.sample("agent_queue_length") == 0)
        assert model.calls == 1
        hold.set()
        await first

    script = [chunk("Hello."), b"data: [DONE]\n\n"]
    with scripted_model(script, hold=hold) as model:
        client = make_client(llm_base_url=model.url, agent_pool_max_size=1)
        asyncio.run(asyncio.wait_for(two(client), 30))
        ended(client)
    assert (counted(client, "client_error"), counted(client, "success")) == (1, 1)


def test_who_left_is_not_tried_again_for(make_client) -> None:
    """A model that fails after the client left is asked no second time."""
    hold = threading.Event()

    async def leave_soon(client: Client) -> None:
        leave = asyncio.Event()
        asked = asyncio.ensure_future(post_and_leave(client.app, ASKED, leave))
        await until(lambda: model.calls == 1)
        leave.set()
        await asked

    with scripted_model(Refused(500, {"code": "server_error"}), hold=hold) as model:
        client = make_client(llm_base_url=model.url)
        asyncio.run(leave_soon(client))
        hold.set()
        ended(client)
    assert model.calls == 1


def test_agent_stops_between_two_rounds(client) -> None:
    """A run whose client left calls no further model after its tool."""

    async def leave_at_the_tool() -> None:
        heard = await post_and_leave(
            client.app, {"message": "I want a refund for order 1042", "stream": True}, None
        )
        assert heard.startswith(b"event: tool")

    asyncio.run(leave_at_the_tool())
    ended(client)
    assert len(client.log(event="llm_end")) < 3
    assert client.chat("Where is my order 1043?").status_code == 200
