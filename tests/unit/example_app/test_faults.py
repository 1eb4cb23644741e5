"""Faults: seen in answers, metrics, logs and the audit trail while they are on, gone afterwards."""

import asyncio
import contextlib
import json
import socket
import threading

import httpx
import pytest
import requests
from starlette.testclient import TestClient

from tests.polling import wait_for


def test_tool_failure_is_told_to_the_person_and_counted(client) -> None:
    """While tools fail the agent says so, failed calls are counted; afterwards all is well."""
    assert client.request("PUT", "/faults/tool_failure", json={}).json()["active"] is True
    answer = client.chat().json()
    assert answer["tools"][0]["status"] == "failed"
    assert "could not" in answer["reply"]
    labels = {"tool_name": "lookup_order"}
    assert client.sample("agent_tool_calls_total", status="failed", **labels) == 1
    assert client.log(event="tool_end", error_type="tool_failure", level="ERROR")
    client.request("DELETE", "/faults/tool_failure")
    again = client.chat().json()
    assert again["tools"][0]["status"] == "success"
    assert again["cached"] is False


def test_provider_failure_is_a_502_and_counts_as_error(client) -> None:
    """While the provider answers 500 the chat is a clear 502; the error is told once a call."""
    started = client.request("PUT", "/faults/provider_500", json={"duration_seconds": 60})
    assert started.status_code == 200
    response = client.chat()
    assert response.status_code == 502
    assert response.json()["error"]["code"] == "model_unavailable"
    labels = {"method": "POST", "endpoint": "/chat", "status": "error", "tenant_id": "public"}
    assert client.sample("agent_requests_total", **labels) == 1
    calls = client.sample("ai_model_calls_total", model="gpt-4o-mini", status="error")
    told = client.log(event="llm_end", level="ERROR")
    assert len(told) == calls == 3
    assert told[0]["exception"]["traceback"]
    client.request("DELETE", "/faults")
    assert client.chat().status_code == 200


def test_rate_limited_provider_names_its_code(client) -> None:
    """The provider's own error code is the error type in every signal."""
    client.request("PUT", "/faults/provider_429", json={"retry_after_seconds": 0})
    assert client.chat().status_code == 502
    assert {line["error_type"] for line in client.log(event="llm_end")} == {"rate_limit_exceeded"}


def test_cost_spike_asks_the_dear_model_at_its_price(client) -> None:
    """The dear model is asked, named and paid; afterwards the usual one is."""
    usual = client.chat("How long does shipping take?").json()
    client.request("PUT", "/faults/cost_spike", json={})
    dear = client.chat().json()
    assert dear["model"] == "o1-pro"
    assert dear["cost_usd"] > 100 * usual["cost_usd"] > 0
    labels = {"model": "o1-pro", "tenant_id": "public"}
    paid = client.sample("agent_api_cost_usd_total", **labels)
    assert paid == pytest.approx(dear["cost_usd"])
    client.request("DELETE", "/faults/cost_spike")
    assert client.chat("Where is my order 1043?").json()["model"] == usual["model"]


def test_cost_spike_is_refused_in_front_of_a_real_provider(make_client) -> None:
    """Where no simulator answers the fault would cost real money: it is not to be had."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        client = make_client(llm_base_url=f"http://127.0.0.1:{taken.getsockname()[1]}/v1")
        refused = client.request("PUT", "/faults/cost_spike", json={})
    assert refused.status_code == 409
    assert refused.json()["error"]["code"] == "real_provider"


def test_cache_storm_misses_every_time(client) -> None:
    """The same question is answered anew while it lasts, and from the cache afterwards."""
    assert client.chat().json()["cached"] is False
    assert client.chat().json()["cached"] is True
    client.request("PUT", "/faults/cache_storm", json={})
    assert [client.chat().json()["cached"] for _ in range(3)] == [False] * 3
    labels = {"cache_type": "answer", "tenant_id": "public"}
    assert client.sample("agent_cache_requests_total", result="miss", **labels) == 4
    client.request("DELETE", "/faults/cache_storm")
    assert client.chat().json()["cached"] is True


def test_exhausted_pool_queues_and_refuses_until_the_fault_ends(make_client) -> None:
    """Held agents leave none for the next chat, 503; at the end all are back at once."""
    client = make_client(agent_pool_max_size=2, agent_queue_seconds=0.2)
    client.request("PUT", "/faults/pool_exhaustion", json={})
    for number in (1042, 1043):
        assert client.chat(f"Where is my order {number}?").status_code == 200
    assert client.sample("agent_active_count") == client.sample("agent_pool_max_size") == 2
    full = client.chat("Where is my order 1044?")
    assert full.status_code == 503
    assert full.json()["error"]["code"] == "pool_full"
    client.request("DELETE", "/faults/pool_exhaustion")
    assert client.sample("agent_active_count") == 0
    assert client.chat("Where is my order 1044?").status_code == 200


def test_chat_that_waits_gets_an_agent_when_the_fault_ends(make_client) -> None:
    """Who waits in the queue is served as soon as the agents are let go."""
    client = make_client(agent_pool_max_size=1, agent_queue_seconds=30)
    client.request("PUT", "/faults/pool_exhaustion", json={})
    client.chat()
    answers = []
    waiting = threading.Thread(
        target=lambda: answers.append(client.chat("Where is my order 1043?").status_code)
    )
    waiting.start()
    wait_for(lambda: client.sample("agent_queue_length") == 1, within=10, what="it waits")
    client.request("DELETE", "/faults/pool_exhaustion")
    waiting.join(20)
    assert answers == [200]


def test_memory_grows_with_chats_up_to_the_bound(client) -> None:
    """Each chat takes memory until the bound is reached; the end gives it back."""
    body = {"megabytes_per_chat": 30, "most_megabytes": 60}
    client.request("PUT", "/faults/memory_growth", json=body)
    before = client.sample("agent_memory_usage_bytes")
    for _ in range(4):
        client.chat()
    grown = client.sample("agent_memory_usage_bytes") - before
    assert 55e6 < grown < 120e6
    client.request("DELETE", "/faults/memory_growth")
    assert client.sample("agent_memory_usage_bytes") - before < grown - 50e6


def test_fault_ends_by_its_time_without_a_chat(make_client) -> None:
    """Nobody has to ask: when the time is over the memory is back and the end is told."""
    client = make_client()
    body = {"duration_seconds": 0.5, "megabytes_per_chat": 50, "most_megabytes": 50}
    client.request("PUT", "/faults/memory_growth", json=body)
    wait_for(
        lambda: client.log(event="fault_stopped", message="Fault stopped: memory_growth"),
        within=10,
        what="the fault is over",
        pause=0.05,
    )
    listed = {f["name"]: f for f in client.request("GET", "/faults").json()["faults"]}
    assert listed["memory_growth"]["active"] is False
    assert listed["memory_growth"]["until"] is None


def test_fault_that_starts_anew_is_not_ended_by_the_old_time(client) -> None:
    """The second start counts: its time is the one that ends the fault."""
    client.request("PUT", "/faults/tool_failure", json={"duration_seconds": 0.2})
    client.request("PUT", "/faults/tool_failure", json={"duration_seconds": 600})
    client.request("PUT", "/faults/cache_storm", json={"duration_seconds": 0.4})
    wait_for(
        lambda: client.log(event="fault_stopped", message="Fault stopped: cache_storm"),
        within=10,
        what="a later fault is over",
        pause=0.05,
    )
    listed = {f["name"]: f["active"] for f in client.request("GET", "/faults").json()["faults"]}
    assert listed["tool_failure"] is True


def test_shutdown_ends_the_faults(make_client) -> None:
    """A process that ends leaves no fault behind: agents and memory are let go, and it is told."""
    client = make_client()
    with TestClient(client.app) as served:
        served.put("/faults/pool_exhaustion", json={}).raise_for_status()
        served.post("/chat", json={"message": "Where is my order 1042?"}).raise_for_status()
        assert client.sample("agent_active_count") == 1
    assert client.sample("agent_active_count") == 0
    assert client.log(event="fault_stopped", message="Fault stopped: pool_exhaustion")


def test_start_and_end_are_in_the_audit_trail(client, tmp_path) -> None:
    """Whoever breaks something on purpose leaves a trace, of the simulator's faults too."""
    for name in ("tool_failure", "provider_500"):
        client.request("PUT", f"/faults/{name}", json={"duration_seconds": 60})
        client.request("DELETE", f"/faults/{name}")
    trail = (tmp_path / "logs" / "audit.jsonl").read_text("utf-8").splitlines()
    lines = [json.loads(line) for line in trail]
    told = [(each["event"], each["extra"]["fault"]) for each in lines if "fault" in each["extra"]]
    assert told == [
        ("fault_started", "tool_failure"),
        ("fault_stopped", "tool_failure"),
        ("fault_started", "provider_500"),
        ("fault_stopped", "provider_500"),
    ]


def test_faults_are_listed_with_those_of_the_simulator(client) -> None:
    """One list shows the agent's faults and the model's, all in one shape."""
    listed = client.request("GET", "/faults").json()["faults"]
    assert {"tool_failure", "provider_500"} <= {each["name"] for each in listed}
    shape = {"name", "active", "until", "description", "probability", "parameters"}
    assert {frozenset(each) for each in listed} == {frozenset(shape)}


def test_settings_are_shown_while_it_runs(client) -> None:
    """A running fault shows its end, its probability and its settings, defaults included."""
    body = {"probability": 0.5, "megabytes_per_chat": 7}
    shown = client.request("PUT", "/faults/memory_growth", json=body).json()
    assert shown["parameters"] == {"megabytes_per_chat": 7, "most_megabytes": 400}
    assert shown["probability"] == 0.5
    assert shown["until"]


@pytest.mark.parametrize(
    ("name", "body", "said"),
    [
        ("tool_failure", {"duration_seconds": -1}, "duration_seconds"),
        ("tool_failure", {"probability": 2}, "probability"),
        ("tool_failure", {"speed": 1}, "Known: duration_seconds, probability"),
        ("memory_growth", {"most_megabytes": 4000}, "a number from 1 to 1000"),
        ("memory_growth", {"most_megabytes": True}, "a number from 1 to 1000"),
        ("cost_spike", {"model": "gpt-9"}, "one of o1-pro, o1"),
        ("cost_spike", {"model": ["o1"]}, "one of o1-pro, o1"),
    ],
)
def test_wrong_settings_are_refused_with_what_is_accepted(client, name, body, said) -> None:
    """A wrong number or word starts nothing and is answered with what would do."""
    refused = client.request("PUT", f"/faults/{name}", json=body)
    assert refused.status_code == 422
    assert said in refused.json()["error"]["message"]
    listed = {f["name"]: f["active"] for f in client.request("GET", "/faults").json()["faults"]}
    assert listed[name] is False


def test_unknown_fault_and_wrong_type_are_refused(client) -> None:
    """A fault that is not there is a 404, a body that is not declared JSON a 415."""
    assert client.request("PUT", "/faults/earthquake", json={}).status_code == 404
    assert client.request("PUT", "/faults/tool_failure", content=b"{}").status_code == 415


def test_faults_are_off_unless_switched_on(make_client) -> None:
    """Without FAULTS_ENABLED there is no such page."""
    client = make_client(faults_enabled=False)
    assert client.request("GET", "/faults").status_code == 404


def test_many_chats_at_the_end_of_a_fault_do_not_trip_over_it(client) -> None:
    """Chats that look at a fault in the moment of its end all get an answer."""
    for _ in range(5):
        client.request("PUT", "/faults/tool_failure", json={"duration_seconds": 0.05})
        bodies = [{"message": f"Where is my order {1040 + n}?"} for n in range(12)]
        assert {answer.status_code for answer in client.chats(bodies)} == {200}


def test_simulator_that_hangs_does_not_hold_up_the_list(client, monkeypatch) -> None:
    """While the simulator does not answer the agent's own faults are listed all the same."""

    def silent(*_words: object, **_options: object) -> None:
        raise requests.Timeout("silent")

    monkeypatch.setattr("example_app.simulator_faults.requests.request", silent)
    listed = {each["name"] for each in client.request("GET", "/faults").json()["faults"]}
    assert "tool_failure" in listed
    assert "provider_500" not in listed


def test_list_is_not_blocked_by_a_chat(client) -> None:
    """The page answers while chats wait for a slow model."""
    client.request("PUT", "/faults/slow_first_token", json={"delay_seconds": 1})

    async def both() -> list[httpx.Response]:
        transport = httpx.ASGITransport(client.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as http:
            chat = asyncio.ensure_future(http.post("/chat", json={"message": "hello there"}))
            done = await http.get("/faults")
            assert not chat.done()
            with contextlib.suppress(httpx.TimeoutException):
                await asyncio.wait_for(chat, 20)
            return [done]

    (listed,) = asyncio.run(both())
    assert listed.status_code == 200
