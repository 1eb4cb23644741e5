"""What was said in a chat of the sample agent is told only when that is asked for."""

import json
from typing import Any

import pytest

from agent_telemetry.content.mode import ContentMode

QUESTION = "Where is my order 1042? I am ada@example.com"
INPUT, OUTPUT = "gen_ai.input.messages", "gen_ai.output.messages"


def attributes(client: Any, **chat: Any) -> list[dict[str, Any]]:
    """Chat once; return the attributes of its spans."""
    answer = client.chat(QUESTION, **chat)
    assert answer.status_code == 200
    return [dict(span.attributes) for span in client.spans(answer.json()["trace_id"])]


def test_spans_show_what_was_said(make_client) -> None:
    """Every model call has its messages, the tool's call its arguments and result; redacted."""
    client = make_client({"content": ContentMode.SPAN_ONLY})
    found = attributes(client)
    calls = [each for each in found if each.get("gen_ai.operation.name") == "chat"]
    assert len(calls) == 2
    for call in calls:
        messages = json.loads(call[INPUT])
        (text,) = [each["parts"][0]["content"] for each in messages if each["role"] == "user"]
        assert text == "Where is my order 1042? I am [redacted:email]"
        assert json.loads(call["gen_ai.tool.definitions"])
    (planned,), (said,) = [json.loads(call[OUTPUT]) for call in calls]
    assert planned["finish_reason"] == "tool_call"
    assert planned["parts"][0]["name"] == "lookup_order"
    assert "1042" in said["parts"][0]["content"]
    (tool,) = [each for each in found if each.get("gen_ai.operation.name") == "execute_tool"]
    assert json.loads(tool["gen_ai.tool.call.arguments"]) == {"order_id": "1042"}
    assert json.loads(tool["gen_ai.tool.call.result"])["order_id"] == "1042"
    assert "ada@example.com" not in json.dumps(found, default=str)


@pytest.mark.parametrize("mode", [ContentMode.NO_CONTENT, ContentMode.EVENT_ONLY])
def test_spans_show_nothing(make_client, mode) -> None:
    """By default, and where only log records are asked for, no span has any content."""
    client = make_client({"content": mode})
    text = json.dumps(attributes(client), default=str)
    assert "I am" not in text
    assert INPUT not in text
    assert "call.result" not in text
    records = client.log(event="gen_ai.client.inference.operation.details")
    assert len(records) == (2 if mode is ContentMode.EVENT_ONLY else 0)
