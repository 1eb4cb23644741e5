"""Faults: started, felt, ended by hand and by time."""

import asyncio
from datetime import UTC, datetime, timedelta

import httpx
import pytest
import requests

from example_app.simulator import SimulatorSettings, create_simulator
from tests.unit.example_app.simulator.conftest import KEY, events

FAULTS = [
    "provider_500",
    "provider_429",
    "provider_timeout",
    "slow_first_token",
    "cut_stream",
    "malformed_tool_json",
    "tool_loop",
    "token_burst",
]


def put(client, name, **body):
    """Starts a fault."""
    return requests.put(f"{client.root}/faults/{name}", json=body, timeout=10)


def listed(client):
    """All faults by name."""
    answer = requests.get(f"{client.root}/faults", timeout=10).json()
    return {fault["name"]: fault for fault in answer["faults"]}


def test_nothing_is_broken_at_first(client):
    """All faults are listed with a description, none of them active."""
    faults = listed(client)
    assert list(faults) == FAULTS
    assert not any(fault["active"] for fault in faults.values())
    assert all(fault["description"] for fault in faults.values())


@pytest.mark.parametrize(
    ("name", "body", "status", "kind"),
    [
        ("provider_500", {}, 500, "server_error"),
        ("provider_429", {"retry_after_seconds": 7}, 429, "requests"),
        ("provider_timeout", {"hold_seconds": 0.01}, 504, "server_error"),
    ],
)
def test_a_fault_is_felt_until_it_is_stopped(client, name, body, status, kind):
    """Chat and embeddings fail while the fault is on, and work again after it."""
    assert put(client, name, **body).json()["active"]
    broken = client.chat("Hello!")
    assert broken.status_code == status
    assert broken.json()["error"]["type"] == kind
    texts = {"model": "text-embedding-3-small", "input": "x"}
    assert client.post("/embeddings", texts).status_code == status
    assert requests.delete(f"{client.root}/faults/{name}", timeout=10).json()["active"] is False
    assert client.chat("Hello!").status_code == 200


def test_rate_limit_tells_when_to_come_back(client):
    """429 carries Retry-After in whole seconds."""
    put(client, "provider_429", retry_after_seconds=7)
    assert client.chat("Hello!").headers["Retry-After"] == "7"


def test_slow_first_token_delays_and_then_answers(client):
    """The answer is complete, only late: the call outlasts a time-out that is shorter."""
    put(client, "slow_first_token", delay_seconds=30)
    body = {"model": "gpt-4o-mini", "messages": [{"role": "user", "content": "Hi"}], "stream": True}
    url = f"{client.base_url}/chat/completions"
    with (
        pytest.raises(requests.ConnectionError, match="timed out"),
        requests.post(url, json=body, headers=KEY, timeout=0.5, stream=True) as response,
    ):
        next(response.iter_lines())
    put(client, "slow_first_token", delay_seconds=0.01)
    assert events(client.chat("Hello!", stream=True))[-1] == "[DONE]"


def test_held_call_ends_when_the_caller_hangs_up(client):
    """A caller that gives up does not keep the simulator from answering others."""
    put(client, "provider_timeout", hold_seconds=600)
    url = f"{client.base_url}/chat/completions"
    body = {"model": "gpt-4o-mini", "messages": [{"role": "user", "content": "Hi"}]}
    with pytest.raises(requests.exceptions.ReadTimeout):
        requests.post(url, json=body, headers=KEY, timeout=0.3)
    requests.delete(f"{client.root}/faults", timeout=10)
    assert client.chat("Hello!").status_code == 200


def test_probability_hits_some_calls(client):
    """A fault of one half hits some calls and spares others, by the seed."""
    put(client, "provider_500", probability=0.5)
    assert {client.chat("Hello!").status_code for _ in range(40)} == {200, 500}


def test_deleting_all_ends_all(client):
    """One call ends every fault."""
    put(client, "provider_500")
    put(client, "slow_first_token")
    answer = requests.delete(f"{client.root}/faults", timeout=10).json()
    assert not any(fault["active"] for fault in answer["faults"])


@pytest.mark.parametrize(
    ("name", "body", "status"),
    [
        ("volcano", {}, 404),
        ("provider_500", {"duration_seconds": 0}, 400),
        ("provider_500", {"duration_seconds": "soon"}, 400),
        ("provider_500", {"probability": 2}, 400),
        ("provider_500", {"color": 3}, 400),
        ("provider_429", {"retry_after_seconds": -1}, 400),
        ("provider_timeout", {"hold_seconds": "long"}, 400),
        ("provider_timeout", {"hold_seconds": True}, 400),
    ],
)
def test_bad_orders_are_refused_with_the_reason(client, name, body, status):
    """A fault that is not there or a number out of range is refused, and nothing starts."""
    refused = put(client, name, **body)
    assert refused.status_code == status
    assert refused.json()["error"]["message"]
    assert not any(fault["active"] for fault in listed(client).values())


def test_faults_can_be_switched_off(start):
    """With faults switched off none can be started, and the answer says how to allow them."""
    client = start(faults_enabled=False)
    refused = put(client, "provider_500")
    assert refused.status_code == 403
    assert "FAULTS_ENABLED" in refused.json()["error"]["message"]


class _Clock:
    """A clock that stands until it is moved."""

    def __init__(self):
        self.time = datetime(2026, 1, 1, tzinfo=UTC)

    def __call__(self):
        return self.time


async def _expires():
    clock = _Clock()
    app = create_simulator(SimulatorSettings(latency_scale=0, otlp_endpoint=""), now=clock)
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://simulator") as client:
        order = {"duration_seconds": 60}
        started = (await client.put("/faults/provider_500", json=order)).json()
        body = {"model": "gpt-4o-mini", "messages": [{"role": "user", "content": "Hi"}]}
        statuses = []
        for _ in range(3):
            answer = await client.post("/v1/chat/completions", json=body, headers=KEY)
            statuses.append(answer.status_code)
            clock.time += timedelta(seconds=30)
        after = (await client.get("/faults")).json()["faults"][0]
    return started, statuses, after


def test_a_fault_ends_by_itself():
    """After its duration a fault is over, without anybody stopping it."""
    started, statuses, after = asyncio.run(_expires())
    assert started["until"] == "2026-01-01T00:01:00+00:00"
    assert statuses == [500, 500, 200]
    assert after["active"] is False
    assert after["until"] is None
