"""Faults that leave the provider up and spoil its answers, in both formats."""

import json

import pytest
import requests

from tests.unit.example_app.simulator.conftest import (
    RESULTS,
    SUPPORT,
    custom_tool,
    events,
    named_events,
)

ORDER = "Where is order 1042?"
TOOLS = [custom_tool(tool) for tool in SUPPORT]


def received(response):
    """The bytes that came before the connection broke."""
    data = b""
    try:
        for chunk in response.iter_content(64):
            data += chunk
    except (requests.ConnectionError, requests.exceptions.ChunkedEncodingError):
        return data
    raise AssertionError(f"the answer came to its end: {data}")


def test_cut_stream_has_neither_end_nor_usage(client):
    """OpenAI's stream breaks after its first pieces: no end mark, no usage, no finish reason."""
    client.put_fault("cut_stream")
    data = received(client.chat("Hello!", stream=True, stream_options={"include_usage": True}))
    assert b'"content":"Hello!"' in data
    assert b"[DONE]" not in data
    assert b"total_tokens" not in data
    assert b'"finish_reason":"stop"' not in data


def test_cut_message_stream_has_no_end(client):
    """Anthropic's stream breaks likewise: it has begun, and has no `message_delta` nor stop."""
    client.put_fault("cut_stream")
    data = received(client.message("Hello!", stream=True))
    assert b"event: message_start" in data
    assert b"text_delta" in data
    assert b"message_delta" not in data
    assert b"message_stop" not in data


@pytest.mark.parametrize("share", [0, 0.95])
def test_the_share_says_how_much_arrives(client, share):
    """At least the first event arrives, and never the last."""
    client.put_fault("cut_stream", share=share)
    data = received(client.message("Hello!", stream=True))
    assert data.count(b"event: ") == (1 if share == 0 else 9)


def test_whole_answers_are_cut_as_well(client):
    """An answer that is not streamed breaks in the middle of its JSON."""
    client.put_fault("cut_stream")
    for call in (client.chat, client.message):
        with pytest.raises(requests.exceptions.ChunkedEncodingError):
            call("Hello!")


@pytest.mark.parametrize("comma", [0, 1])
def test_broken_arguments_of_a_tool_call(client, comma):
    """OpenAI's arguments, whole and in pieces, are a text that no JSON parser takes."""
    client.put_fault("malformed_tool_json", trailing_comma=comma)
    (choice,) = client.chat(ORDER, tools=SUPPORT).json()["choices"]
    (call,) = choice["message"]["tool_calls"]
    streamed = "".join(
        part["function"].get("arguments", "")
        for chunk in events(client.chat(ORDER, tools=SUPPORT, stream=True))[:-1]
        for part in chunk["choices"][0]["delta"].get("tool_calls", [])
    )
    assert streamed == call["function"]["arguments"]
    assert streamed.endswith(",}") == bool(comma)
    assert streamed.startswith('{"order_id"')
    with pytest.raises(json.JSONDecodeError):
        json.loads(streamed)


@pytest.mark.parametrize("comma", [0, 1])
def test_broken_input_of_a_tool_use(client, comma):
    """Anthropic's pieces give broken JSON; the whole answer has what can still be read of it."""
    client.put_fault("malformed_tool_json", trailing_comma=comma)
    streamed = "".join(
        event["delta"]["partial_json"]
        for event in named_events(client.message(ORDER, tools=TOOLS, stream=True))
        if event["type"] == "content_block_delta"
    )
    with pytest.raises(json.JSONDecodeError):
        json.loads(streamed)
    (block,) = client.message(ORDER, tools=TOOLS).json()["content"]
    assert block["type"] == "tool_use"
    assert block["input"] == {}


def test_text_is_spared_by_broken_arguments(client):
    """An answer without a call is as ever."""
    client.put_fault("malformed_tool_json")
    answer = client.chat("Hello!").json()["choices"][0]
    assert answer["finish_reason"] == "stop"
    assert answer["message"]["content"]


def test_a_loop_never_answers(client):
    """Whatever comes back, the same tool is called with the same arguments."""
    client.put_fault("tool_loop")
    with pytest.raises(AssertionError, match="no reply after"):
        client.run(ORDER, SUPPORT)
    messages = [{"role": "user", "content": ORDER}]
    seen = []
    for _ in range(4):
        answer = client.message(messages, tools=TOOLS).json()
        assert answer["stop_reason"] == "tool_use"
        (block,) = answer["content"]
        seen.append((block["name"], block["input"]))
        result = {"type": "tool_result", "tool_use_id": block["id"]}
        messages += [
            {"role": "assistant", "content": [block]},
            {
                "role": "user",
                "content": [{**result, "content": json.dumps(RESULTS[block["name"]])}],
            },
        ]
    assert seen == [("lookup_order", {"order_id": "1042"})] * 4


def test_a_loop_begins_even_with_a_greeting(client):
    """Where the model would call nothing, it calls the first tool on offer."""
    client.put_fault("tool_loop")
    (choice,) = client.chat("Hello!", tools=SUPPORT).json()["choices"]
    assert choice["message"]["tool_calls"][0]["function"]["name"] == "lookup_order"


@pytest.mark.parametrize("fields", [{}, {"tools": SUPPORT, "tool_choice": "none"}])
def test_a_loop_needs_tools(client, fields):
    """A caller that offers no tools, or takes them away, gets an answer."""
    client.put_fault("tool_loop")
    assert client.chat("Hello!", **fields).json()["choices"][0]["finish_reason"] == "stop"


def test_a_burst_counts_many_tokens_and_sends_a_bounded_text(client):
    """The usage is huge in both formats, the text is long and has an end."""
    client.put_fault("token_burst")
    answer = client.chat("Hello!").json()
    assert answer["usage"]["completion_tokens"] == 30_000
    assert len(answer["choices"][0]["message"]["content"]) == 4_000
    assert answer["choices"][0]["finish_reason"] == "stop"
    message = client.message("Hello!", max_tokens=50_000).json()
    assert message["usage"]["output_tokens"] == 30_000
    assert len(message["content"][0]["text"]) == 4_000


def test_a_burst_takes_numbers_and_keeps_to_the_callers_bound(client):
    """Its size can be chosen; a caller with a bound on tokens is never charged for more."""
    client.put_fault("token_burst", completion_tokens=900, text_characters=100)
    answer = client.chat("Hello!").json()
    assert answer["usage"]["completion_tokens"] == 900
    assert len(answer["choices"][0]["message"]["content"]) == 100
    message = client.message("Hello!", max_tokens=500).json()
    assert message["usage"]["output_tokens"] == 500
    assert message["stop_reason"] == "max_tokens"


def test_a_burst_is_streamed_too(client):
    """The last event of a stream tells the same huge number."""
    client.put_fault("token_burst")
    options = {"include_usage": True}
    *_, last, _ = events(client.chat("Hello!", stream=True, stream_options=options))
    assert last["usage"]["completion_tokens"] == 30_000
    *_, delta, _ = named_events(client.message("Hello!", max_tokens=99_999, stream=True))
    assert delta["usage"]["output_tokens"] == 30_000


def test_a_burst_does_not_stop_tools(client):
    """Calls are made as ever; the burst comes with the answer."""
    client.put_fault("token_burst")
    run = client.run(ORDER, SUPPORT)
    assert run.tools == [["lookup_order"]]
    assert [usage["completion_tokens"] > 1000 for usage in run.usage] == [False, True]
