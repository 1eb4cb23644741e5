"""Chats that cannot be answered now: more than may wait, and those at the end of the service."""

import asyncio
import json
import threading
from typing import Any

import pytest

from tests.polling import wait_for
from tests.unit.example_app.leaving_client import post_and_leave
from tests.unit.example_app.scripted_model import scripted_model
from tests.unit.example_app.test_hang_up import ended, until
from tests.unit.example_app.test_model_client import HELLO


def test_too_many_at_once_are_their_tenants(make_client) -> None:
    """Past pool, queue and spare threads a chat is a 503 of its tenant, with a record of it."""
    hold = threading.Event()
    labels = {"method": "POST", "endpoint": "/chat", "status": "error", "tenant_id": "acme"}

    def let_go() -> None:
        """Let the model answer as soon as the first chats were turned away."""
        refused = "agent_requests_total"
        wait_for(lambda: client.sample(refused, **labels), within=30, what="a 503", pause=0.01)
        hold.set()

    with scripted_model(HELLO, hold=hold) as model:
        client = make_client(llm_base_url=model.url, agent_pool_max_size=1, agent_queue_size=200)
        threading.Thread(target=let_go).start()
        bodies = [{"message": f"hello {n}", "tenant_id": "acme"} for n in range(230)]
        codes = [response.status_code for response in client.chats(bodies)]
    assert set(codes) == {200, 503}
    assert client.sample("agent_requests_total", **labels) == codes.count(503)
    refused = client.audit("chat_refused")
    assert [(record["tenant_id"], record["error_type"]) for record in refused] == [
        ("acme", "pool_full")
    ] * codes.count(503)


@pytest.mark.parametrize("stream", [False, True])
def test_end_of_the_service_is_told(make_client, *, stream: bool) -> None:
    """Who still waits when the server gives up waiting gets a 503, and no more work is done."""
    hold = threading.Event()
    body = {"message": "hello", "stream": stream}

    async def cut_off(client) -> bytes:
        asked = asyncio.ensure_future(post_and_leave(client.app, body, asyncio.Event()))
        await until(lambda: model.calls == 1)
        asked.cancel()
        return await asked

    with scripted_model(HELLO, hold=hold) as model:
        client = make_client(llm_base_url=model.url)
        answer: dict[str, Any] = json.loads(asyncio.run(cut_off(client)))
        hold.set()
        ended(client)
    assert answer["error"]["code"] == "shutting_down"
    assert model.calls == 1
