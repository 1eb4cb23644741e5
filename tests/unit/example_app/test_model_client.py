"""What the agent makes of a model that answers badly, slowly or strangely."""

import json
import threading
from typing import Any

import pytest

from tests.unit.example_app.scripted_model import chunk, scripted_model

USAGE = {"prompt_tokens": 1000, "completion_tokens": 100}


def answer(message: dict[str, Any], **more: Any) -> list[bytes]:
    """Return the script of one answer without a stream."""
    choice = {"index": 0, "message": message, "finish_reason": "stop"}
    body = {"model": "gpt-4o-mini-2024-07-18", "choices": [choice], "usage": USAGE, **more}
    return [json.dumps(body).encode()]


def tool_call(name: Any, arguments: Any) -> list[bytes]:
    """Return the script of one answer that calls a tool."""
    function = {"name": name, "arguments": arguments}
    call = {"id": "c1", "type": "function", "function": function}
    return answer({"role": "assistant", "content": None, "tool_calls": [call]})


HELLO = answer({"role": "assistant", "content": "Hello."})


@pytest.mark.parametrize(
    "script",
    [
        [b"<html>Bad gateway</html>"],
        [b"{}"],
        [b'{"choices": []}'],
        [b'{"choices": [{"message": null}]}'],
        answer({"role": "assistant", "content": "hi"}, usage={"prompt_tokens": 1}),
        answer({"role": "assistant", "tool_calls": ["lookup_order"]}),
    ],
)
def test_broken_answer_is_a_502(make_client, script: list[bytes]) -> None:
    """An answer that is no chat completion is the provider's error, asked for once, told once."""
    with scripted_model(script) as model:
        client = make_client(llm_base_url=model.url)
        response = client.chat()
    assert response.status_code == 502
    assert response.json()["error"]["code"] == "model_unavailable"
    assert model.calls == 1
    assert len(client.log(event="llm_end", error_type="bad_answer")) == 1


@pytest.mark.parametrize(
    ("name", "arguments", "told"),
    [
        ("lookup_order", "{not json", "lookup_order"),
        ("lookup_order", "[]", "lookup_order"),
        ("lookup_order", "{}", "lookup_order"),
        ("lookup_order", '{"order_id": {"$gt": 1}}', "lookup_order"),
        ("drop_tables", "{}", "unknown_tool"),
        (None, None, "unknown_tool"),
    ],
)
def test_bad_tool_call_is_told_to_the_model(make_client, name: Any, arguments: Any, told: str):
    """What the model calls wrongly is a failed tool call that it hears of, not a broken chat."""
    with scripted_model(tool_call(name, arguments), HELLO) as model:
        response = make_client(llm_base_url=model.url).chat()
    assert response.status_code == 200
    assert [(t["name"], t["status"]) for t in response.json()["tools"]] == [(told, "failed")]


def test_order_number_as_a_number_is_understood(make_client) -> None:
    """Models write order numbers now as text, now as numbers; both are looked up."""
    with scripted_model(tool_call("lookup_order", '{"order_id": 1042}'), HELLO) as model:
        response = make_client(llm_base_url=model.url).chat()
    assert [tool["status"] for tool in response.json()["tools"]] == ["success"]


def test_model_without_an_end_is_stopped(make_client) -> None:
    """A model that only calls tools is cut off after the template's rounds."""
    with scripted_model(tool_call("lookup_order", '{"order_id": "1042"}')) as model:
        response = make_client(llm_base_url=model.url).chat()
    assert response.status_code == 502
    assert model.calls == 6


def test_slow_model_is_a_504(make_client) -> None:
    """A model that stays silent is a time-out, asked once, counted as our error."""
    hold = threading.Event()
    with scripted_model(HELLO, hold=hold) as model:
        client = make_client(llm_base_url=model.url, llm_timeout_seconds=0.2)
        response = client.chat()
        hold.set()
    assert response.status_code == 504
    assert response.json()["error"]["code"] == "model_timeout"
    assert [line["status"] for line in client.log(event="llm_end")] == ["timeout"]


def test_model_that_is_gone_is_a_502(make_client) -> None:
    """Nothing listens there: a clear answer, after a few attempts."""
    with scripted_model(HELLO) as model:
        url = model.url
    client = make_client(llm_base_url=url)
    assert client.chat().status_code == 502
    assert len(client.log(event="llm_end", error_type="connection_error")) == 3


def test_answer_without_usage_has_no_made_up_cost(make_client) -> None:
    """A provider that tells no tokens is answered from, and counted as missing."""
    script = answer({"role": "assistant", "content": "Hello."}, usage=None)
    with scripted_model(script) as model:
        client = make_client(llm_base_url=model.url)
        response = client.chat()
    assert response.json()["tokens"] == {"input": 0, "output": 0}
    assert client.sample("agent_usage_missing_total", model="gpt-4o-mini") == 1


def test_unknown_model_has_no_price(make_client) -> None:
    """The cost of a model that is in no price table is null, never 0."""
    script = answer({"role": "assistant", "content": "Hello."}, model="brand-new-1")
    with scripted_model(script) as model:
        client = make_client(llm_base_url=model.url, llm_model="brand-new-1")
        response = client.chat()
    assert response.json()["cost_usd"] is None
    assert response.json()["tokens"] == {"input": 1000, "output": 100}


def test_cost_of_cached_prompt_tokens(make_client) -> None:
    """By hand: (600 x 0.15 + 400 x 0.075 + 100 x 0.60) USD for a million tokens."""
    usage = {**USAGE, "prompt_tokens_details": {"cached_tokens": 400}}
    script = answer({"role": "assistant", "content": "Hello."}, usage=usage)
    with scripted_model(script) as model:
        response = make_client(llm_base_url=model.url).chat()
    assert response.json()["cost_usd"] == pytest.approx(0.00018, abs=1e-12)


def test_streamed_text_keeps_its_characters(make_client) -> None:
    """Text of a stream arrives as the model wrote it, line breaks and all alphabets included."""
    text = "Grüße, 世界 🚀\n\nline\r\nend\u2028"
    with scripted_model([chunk(text), b"data: [DONE]\n\n"]) as model:
        response = make_client(llm_base_url=model.url).chat(stream=True)
    done = response.text.replace("\r\n", "\n").split("event: done\ndata: ")[1].split("\n\n")[0]
    assert json.loads(done)["reply"] == text
