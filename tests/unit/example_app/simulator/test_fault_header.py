"""Faults that a request orders for itself by its header."""

import pytest

from tests.unit.example_app.simulator.conftest import ANTHROPIC, KEY

CHAT = {"model": "gpt-4o-mini", "messages": [{"role": "user", "content": "Hello!"}]}
MESSAGE = {**CHAT, "model": "claude-haiku-4-5", "max_tokens": 99}
TEXT = {"model": "text-embedding-3-small", "input": "x"}
CALLS = [
    ("/chat/completions", CHAT, KEY),
    ("/embeddings", TEXT, KEY),
    ("/messages", MESSAGE, ANTHROPIC),
    ("/messages/count_tokens", MESSAGE, ANTHROPIC),
]


def post(client, call, fault=None):
    """One call, with a fault ordered if one is given."""
    path, body, headers = call
    ordered = {**headers, "x-simulator-fault": fault} if fault is not None else headers
    return client.post(path, body, headers=ordered)


@pytest.mark.parametrize("call", CALLS, ids=lambda call: call[0])
def test_a_fault_hits_the_request_that_orders_it_and_no_other(client, call):
    """One request fails; the next one, without the header, is answered."""
    assert post(client, call, "provider_429;retry_after_seconds=9").status_code == 429
    assert post(client, call).status_code == 200


def test_the_header_wins_over_what_runs(client):
    """While a fault runs for all, a request gets the one that it orders instead."""
    client.put_fault("provider_500")
    answer = post(client, CALLS[0], "token_burst; completion_tokens = 700")
    assert answer.json()["usage"]["completion_tokens"] == 700
    assert post(client, CALLS[0]).status_code == 500


def test_several_faults_may_be_ordered(client):
    """Names are separated by commas, each with its own numbers."""
    order = "slow_first_token;delay_seconds=0.01, token_burst;completion_tokens=50"
    answer = post(client, CALLS[0], order)
    assert answer.json()["usage"]["completion_tokens"] == 50


@pytest.mark.parametrize(
    "order",
    [
        "",
        "volcano",
        "provider_500;color=3",
        "provider_500;status=404",
        "provider_500;status=nan",
        "provider_500;status",
        "cut_stream;share=much",
        "provider_500,",
        "provider_500;" * 1000,
        "é" * 100,
    ],
)
@pytest.mark.parametrize("call", CALLS, ids=lambda call: call[0])
def test_an_order_that_makes_no_sense_is_refused(client, call, order):
    """An unknown name, an unknown number or one out of its bounds is 400 with the reason."""
    refused = post(client, call, order.encode())
    assert refused.status_code == 400
    assert refused.json()["error"]["message"]


def test_where_faults_are_switched_off_none_can_be_ordered(start):
    """The header is refused like the order to start a fault, with the way to allow it."""
    client = start(faults_enabled=False)
    refused = post(client, CALLS[0], "provider_500")
    assert refused.status_code == 403
    assert "FAULTS_ENABLED" in refused.json()["error"]["message"]
    assert post(client, CALLS[0]).status_code == 200
