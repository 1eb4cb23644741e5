"""A budget that is spent: people are refused clearly, before anything is asked of the model."""

import pytest

from example_app.benchmark import Benchmark, Examiner
from example_app.settings import AppSettings
from example_app.wiring import build_service


@pytest.mark.parametrize("stream", [False, True])
def test_spent_budget_is_a_429(client, *, stream: bool) -> None:
    """The tenant whose budget is spent gets a 429 that says so; the others get answers."""
    client.stack.budget("tight", limit_usd=0.00001, scope="tenant", window="day", mode="block")
    assert client.chat(tenant_id="acme").status_code in {200, 429}
    refused = client.chat("Where is my order 1043?", tenant_id="acme", stream=stream)
    assert refused.status_code == 429
    assert refused.json()["error"]["code"] == "budget_exceeded"
    labels = {"method": "POST", "endpoint": "/chat", "status": "rejected", "tenant_id": "acme"}
    assert client.sample("agent_requests_total", **labels) >= 1
    assert client.audit("chat_refused")[-1]["error_type"] == "budget_exceeded"


def test_benchmark_keeps_to_a_budget(client, simulator: str) -> None:
    """A spent budget ends the questions without an error and without a wrong answer."""
    client.stack.budget("none", limit_usd=0.00001, scope="all", window="day", mode="block")
    client.chat()
    service = build_service(AppSettings.load(llm_base_url=simulator), client.stack).chats
    assert Benchmark(Examiner(service), client.stack, 0).ask_next() is None
    (line,) = client.log(event="benchmark_no_answer")
    assert line["error_type"] == "budget_exceeded"
