"""The lines that the log must have for each event, with their fields, as JSON."""

import asyncio
import json
from typing import Any

import pytest

from tests.unit.example_app.scripted_model import Refused, scripted_model
from tests.unit.example_app.test_model_client import HELLO, answer, tool_call

LONG = "Where is my order 1042? " + "Please hurry, I need it soon. " * 10


def one(client, event: str) -> dict[str, Any]:
    """Return the only line of an event."""
    (line,) = client.log(event=event)
    return line


def test_agent_created(client) -> None:
    """A new agent is told once, with its id, template, the user it was made for, and its time."""
    client.chat(user_id="ann")
    client.chat("Where is my order 1043?", user_id="bob")
    line = one(client, "agent_created")
    assert line["message"] == "Agent created"
    assert (line["agent_id"], line["template_id"], line["user_id"]) == (
        "support-1",
        "support",
        "ann",
    )
    assert line["extra"]["init_time"] >= 0


def test_chat_started(client) -> None:
    """The start of a run tells how many messages the model is given."""
    session = client.chat().json()["session_id"]
    client.chat("I want a refund for it", session_id=session)
    lines = client.log(event="chat_started", message="Chat started")
    assert [line["extra"]["message_count"] for line in lines] == [2, 4]


def test_processing_chat_request(make_client) -> None:
    """At DEBUG the first 50 characters are shown, without personal data; at INFO nothing."""
    told = {"log_level": "DEBUG"}
    client = make_client(telemetry=told)
    client.chat("ann.miller@example.com asks: " + LONG)
    line = one(client, "processing_chat_request")
    assert line["level"] == "DEBUG"
    shown = line["message"].removeprefix("Processing chat request: ")
    assert len(shown) == 50
    assert "miller" not in shown


def test_no_message_text_at_info(client) -> None:
    """By default that line is not written."""
    client.chat()
    assert client.log(event="processing_chat_request") == []


def test_request_start(client) -> None:
    """The start of a request has its tenant and a redacted preview of at most 100 characters."""
    client.chat("I am ann.miller@example.com. " + LONG, tenant_id="acme", user_id="ann")
    line = one(client, "request_start")
    preview = line["extra"]["query_preview"]
    assert len(preview) == 100
    assert "miller" not in preview
    assert (line["tenant_id"], line["user_id"]) == ("acme", "ann")


@pytest.mark.parametrize("body", [{}, {"template": "poet"}, {"session_id": "x", "stream": True}])
def test_request_has_one_start_and_one_end(client, body: dict[str, Any]) -> None:
    """Whatever becomes of a chat, its request starts once and ends once."""
    client.chat(**body)
    assert len(client.log(event="request_start")) == len(client.log(event="request_end")) == 1
    assert one(client, "request_end")["duration_seconds"] > 0


def test_cache_hit(client) -> None:
    """A hit has a line of its own; a miss has none."""
    client.chat(tenant_id="acme")
    assert client.log(event="cache_hit") == []
    client.chat(tenant_id="acme")
    line = one(client, "cache_hit")
    assert (line["message"], line["extra"]["cache_type"]) == ("Cache hit", "answer")
    assert line["tenant_id"] == "acme"


def test_token_usage_approaching_limit(make_client) -> None:
    """Above 80 % of the limit there is one warning, with what was used and the limit."""
    with scripted_model(answer({"content": "Hello."})) as model:
        client = make_client(llm_base_url=model.url, telemetry={"token_limit": 1300})
        client.chat("one")
    line = one(client, "token_limit_near")
    assert (line["level"], line["message"]) == ("WARN", "Token usage approaching limit")
    assert line["extra"] == {"used": 1100, "limit": 1300}


def test_model_call_failed(make_client) -> None:
    """The provider's own words are told, without a key in them, for each attempt."""
    error = {"code": "server_error", "message": "overloaded; key sk-proj-" + "a1B2" * 8}
    with scripted_model(Refused(503, error, {"retry-after": "0"}), HELLO) as model:
        client = make_client(llm_base_url=model.url)
        assert client.chat().status_code == 200
    line = one(client, "model_call_failed")
    assert line["message"].startswith("Model call failed")
    assert (line["model"], line["error_type"]) == ("gpt-4o-mini", "server_error")
    assert line["extra"]["error"].startswith("overloaded; key ")
    assert "a1B2a1B2" not in json.dumps(line)


def test_tool_execution_failed(make_client) -> None:
    """A failed tool tells agent, tool, error and the size of its input, not the input."""
    arguments = json.dumps({"order_id": "x" * 30})
    with scripted_model(tool_call("lookup_order", arguments), HELLO) as model:
        client = make_client(llm_base_url=model.url)
        client.chat()
    line = one(client, "tool_execution_failed")
    assert line["message"].startswith("Tool execution failed")
    assert (line["agent_id"], line["tool_name"]) == ("support-1", "lookup_order")
    assert line["error_type"] == "bad_arguments"
    assert "20 characters" in line["extra"]["error"]
    assert line["extra"]["input_length"] == len(arguments)
    assert "xxxx" not in json.dumps(client.log())


def test_tool_that_breaks_is_told_with_its_traceback(client, monkeypatch) -> None:
    """A bug in a tool is an error with its class; the chat goes on."""

    def broken(*_: object) -> None:
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr("example_app.tools.tool.Tool.call", broken)
    assert client.chat().status_code == 200
    line = one(client, "tool_execution_failed")
    assert (line["level"], line["exception"]["type"]) == ("ERROR", "ZeroDivisionError")


def test_application_started_and_shutdown(client) -> None:
    """Start and end of the application are told, the end with how long it ran."""

    async def live() -> None:
        async with client.app.router.lifespan_context(client.app):
            pass

    asyncio.run(live())
    assert one(client, "application_started")["message"] == "Application started"
    line = one(client, "application_shutdown")
    assert line["message"] == "Application shutdown"
    assert line["extra"]["uptime_seconds"] >= 0
