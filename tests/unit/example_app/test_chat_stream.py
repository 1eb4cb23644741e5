"""Streams of ``POST /chat``: what they say, and what they are when something breaks."""

import asyncio
import json
from typing import Any

import httpx

from example_app.model_client import ModelError
from tests.unit.example_app.scripted_model import chunk, scripted_model


def events_of(response: httpx.Response) -> list[tuple[str, Any]]:
    """Read the events of a finished stream."""
    events = []
    for block in response.text.replace("\r\n", "\n").strip().split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.split("\n") if ": " in line)
        events.append((fields["event"], json.loads(fields["data"])))
    return events


def test_cached_answer_is_said_in_a_stream_too(client) -> None:
    """Who shows tokens only sees the answer of the cache as well."""
    client.chat(stream=True)
    events = events_of(client.chat(stream=True))
    assert [name for name, _ in events] == ["token", "done"]
    assert events[0][1]["text"] == events[1][1]["reply"]
    assert events[1][1]["cached"] is True


def test_failure_before_the_first_event_has_its_status(client) -> None:
    """A stream that the model never began is a 502 and counts as an error."""
    client.request("PUT", "/faults/provider_500", json={})
    assert client.chat(stream=True).status_code == 502
    labels = {"method": "POST", "endpoint": "/chat", "status": "error", "tenant_id": "public"}
    assert client.sample("agent_requests_total", **labels) == 1


def test_cut_stream_says_nothing_twice_and_ends_with_an_error(make_client) -> None:
    """What was said is not said again by a second attempt: the stream ends with ``error``."""
    with scripted_model([chunk("It is shipped. "), chunk("Order "), chunk("1042 ")]) as model:
        events = events_of(make_client(llm_base_url=model.url).chat(stream=True))
    assert [(name, data.get("text")) for name, data in events] == [
        ("token", "It is shipped. "),
        ("token", "Order 1042 "),
        ("error", None),
    ]
    assert events[-1][1]["status"] == 502
    assert events[-1][1]["request_id"]
    assert model.calls == 1


def test_stream_cut_before_a_word_is_tried_again(make_client) -> None:
    """A connection that breaks before anything was said costs the person nothing."""
    whole = [chunk("Hello."), b"data: [DONE]\n\n"]
    with scripted_model([], whole) as model:
        events = events_of(make_client(llm_base_url=model.url).chat(stream=True))
    assert [name for name, _ in events] == ["token", "done"]
    assert model.calls == 2


def test_unforeseen_failure_ends_the_stream_with_an_event(client, monkeypatch) -> None:
    """A bug in the middle of a stream is an ``error`` event and a line with its traceback."""

    def broken(service: Any, request: Any, caller: Any, emit: Any) -> None:
        emit("token", {"text": "so far"})
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr("example_app.chat_service.ChatService.chat", broken)
    events = events_of(client.chat(stream=True))
    assert [name for name, _ in events] == ["token", "error"]
    assert events[1][1]["error"]["code"] == "internal"
    (line,) = client.log(event="chat_failed")
    assert line["exception"]["type"] == "ZeroDivisionError"


def test_who_leaves_a_stream_breaks_nothing(client) -> None:
    """A client that hangs up in the middle leaves no agent busy; the next one is answered."""

    async def hang_up() -> None:
        body = json.dumps({"message": "Where is my order 1042?", "stream": True}).encode()
        sent = asyncio.Event()
        parts = iter([{"type": "http.request", "body": body}])

        async def receive() -> dict[str, Any]:
            part = next(parts, None)
            if part is None:
                await sent.wait()
                return {"type": "http.disconnect"}
            return part

        async def send(message: dict[str, Any]) -> None:
            if message["type"] == "http.response.body" and message.get("body"):
                sent.set()

        scope = {
            "type": "http", "method": "POST", "path": "/chat", "query_string": b"",
            "headers": [(b"content-type", b"application/json")], "http_version": "1.1",
            "asgi": {"version": "3.0"}, "scheme": "http", "server": ("test", 80),
        }  # fmt: skip
        await client.app(scope, receive, send)

    asyncio.run(hang_up())
    assert client.chat("Where is my order 1043?").status_code == 200
    assert client.sample("agent_active_connections") == 0
    assert client.sample("errors_total", error_type="ClientDisconnect", endpoint="/chat") == 0


def test_model_error_is_the_same_with_and_without_a_stream(client, monkeypatch) -> None:
    """The refusal has one shape, whichever way was asked for."""

    def broken(*_: Any) -> None:
        raise ModelError("x", "it is gone")

    monkeypatch.setattr("example_app.chat_service.ChatService.chat", broken)
    plain, streamed = client.chat(), client.chat(stream=True)
    assert plain.status_code == streamed.status_code == 502
    assert plain.json()["error"] == streamed.json()["error"]
