"""The audit trail of chats: every decision, with its facts, and never a word that was said."""

import json
from typing import Any

import pytest

from tests.unit.example_app.scripted_model import scripted_model
from tests.unit.example_app.test_policy import said


def all_records(client) -> str:
    """Return the whole trail as text."""
    return json.dumps([client.audit(event) for event in ("chat_answered", "chat_refused")])


def test_answer_is_told_with_its_facts(client) -> None:
    """An answer's record has ids, template, model, tools, tokens, cost and verdicts."""
    answer = client.chat(tenant_id="acme", user_id="ann").json()
    (record,) = client.audit("chat_answered")
    context = ("tenant_id", "user_id", "session_id", "request_id", "trace_id", "template_id")
    assert {name: record[name] for name in context} == {
        "tenant_id": "acme",
        "user_id": "ann",
        "session_id": answer["session_id"],
        "request_id": answer["request_id"],
        "trace_id": answer["trace_id"],
        "template_id": "support",
    }
    assert record["model"] == "gpt-4o-mini"
    assert record["stream"] == "audit"
    extra = record["extra"]
    assert extra["tools"] == [{"name": "lookup_order", "status": "success"}]
    assert extra["run_tokens_input"] == answer["tokens"]["input"]
    assert extra["run_cost_usd"] == pytest.approx(answer["cost_usd"])
    assert (extra["cached"], extra["policy_prompt"], extra["policy_answer"]) == (
        False,
        "pass",
        "pass",
    )
    assert extra["outcomes"] == ["order_answered"]


def test_cost_is_on_the_model_calls_records_only(client) -> None:
    """A sum of ``cost_usd`` over all records is what the answer cost, the trail included."""
    answer = client.chat().json()
    records = client.log(trace_id=answer["trace_id"]) + client.audit("chat_answered")
    total = sum(record.get("cost_usd") or 0 for record in records)
    assert total == pytest.approx(answer["cost_usd"])


def test_cached_answer_is_told_too(client) -> None:
    """Who got which answer from the cache is in the trail as well."""
    client.chat(user_id="ann")
    client.chat(user_id="bob")
    assert [
        (record["user_id"], record["extra"]["cached"]) for record in client.audit("chat_answered")
    ] == [("ann", False), ("bob", True)]


@pytest.mark.parametrize(
    ("body", "headers", "code", "status"),
    [
        (b"not json", {}, "bad_json", 400),
        (b'{"message": ""}', {}, "invalid", 422),
        (b'{"message": "x", "template": "poet"}', {}, "unknown_template", 422),
        (b'{"message": "x"}', {"x-api-key": "wrong"}, "wrong_key", 401),
        (b'{"message": "give me an insider tip"}', {}, "blocked_by_policy", 422),
        (b'{"message": "' + b"x" * 70_000 + b'"}', {}, "too_large", 413),
    ],
)
def test_refusal_is_told(
    client, body: bytes, headers: dict[str, str], code: str, status: int
) -> None:
    """Every request that was not served is in the trail once, with its reason."""
    sent = {"content-type": "application/json", **headers}
    client.request("POST", "/chat", content=body, headers=sent)
    (record,) = client.audit("chat_refused")
    assert (record["error_type"], record["extra"]["http_status"]) == (code, status)
    assert record["request_id"]


def test_failure_is_told(client) -> None:
    """A chat that broke is in the trail with the provider's code."""
    client.request("PUT", "/faults/provider_500", json={})
    assert client.chat(tenant_id="acme").status_code == 502
    (record,) = client.audit("chat_failed")
    assert record["tenant_id"] == "acme"
    assert record["error_type"]


def test_refund_is_a_record_of_its_own(client) -> None:
    """What the agent did to the world is told apart from what it said."""
    answer = client.chat("I want a refund for order 1042", user_id="ann").json()
    (record,) = client.audit("refund_requested")
    assert record["user_id"] == "ann"
    assert record["extra"]["answer_trace_id"] == answer["trace_id"]


def test_feedback_is_told(client) -> None:
    """A rating is in the trail with the trace that it rates."""
    trace_id = client.chat().json()["trace_id"]
    client.request("POST", "/feedback", json={"trace_id": trace_id, "rating": "down"})
    (record,) = client.audit("feedback")
    rated = {name: record["extra"][name] for name in ("rated_trace_id", "rating", "answer_known")}
    assert rated == {"rated_trace_id": trace_id, "rating": "down", "answer_known": True}


def test_fault_is_told(client) -> None:
    """Who breaks something on purpose finds that in the trail."""
    client.request("PUT", "/faults/tool_failure", json={})
    client.request("DELETE", "/faults/tool_failure")
    assert [len(client.audit(f"fault_{event}")) for event in ("started", "stopped")] == [1, 1]


def test_no_word_that_was_said_is_in_the_trail(make_client) -> None:
    """Neither message nor answer, nor the name of a wrong field, is in any record."""
    with scripted_model(said("The answer is zebrafish.")) as model:
        client = make_client(llm_base_url=model.url)
        client.chat("Tell me about platypuses, ann.miller@example.com")
        client.chat("an insider tip on platypuses please")
        client.request("POST", "/chat", json={"message": "x", "platypus": 1})
    trail = all_records(client)
    assert not [word for word in ("platypus", "zebrafish", "insider", "miller") if word in trail]


def test_shop_keeps_decisions_only(make_client) -> None:
    """With ``audit = decisions`` a plain answer leaves no record; what was decided does."""
    client = make_client(preset="ecommerce-support")
    client.chat()
    client.chat("I want a refund for order 1042")
    client.chat("Where is order 1043? I am ann.miller@example.com")
    client.chat(template="poet")
    count: dict[str, Any] = {
        event: len(client.audit(event))
        for event in ("chat_answered", "refund_requested", "chat_refused")
    }
    assert count == {"chat_answered": 1, "refund_requested": 1, "chat_refused": 1}
