"""The form of Anthropic's messages, whole and streamed, on the wire."""

import json

import pytest

from tests.unit.example_app.simulator.conftest import SUPPORT, custom_tool, named_events

TOOLS = [custom_tool(tool) for tool in SUPPORT]
ORDER = {"order_id": "1042"}


def blocks(response):
    """The blocks of an answer, after checking that it is one."""
    assert response.status_code == 200, response.text
    return response.json()["content"]


def called(response):
    """Names of the tools an answer calls."""
    return [block["name"] for block in blocks(response) if block["type"] == "tool_use"]


def test_message_has_the_documented_form(client):
    """A message has every field that the API documents."""
    answer = client.message("Hello!").json()
    assert answer["type"] == "message"
    assert answer["role"] == "assistant"
    assert answer["id"].startswith("msg_")
    assert answer["stop_reason"] == "end_turn"
    assert answer["stop_sequence"] is None
    assert answer["content"] == [{"type": "text", "text": "Hello! How can I help you today?"}]
    assert answer["usage"].keys() >= {
        "input_tokens",
        "output_tokens",
        "cache_creation_input_tokens",
        "cache_read_input_tokens",
    }


def test_text_comes_as_the_documented_events(client):
    """Start, block, ping, pieces of text, and an end that tells the tokens."""
    events = named_events(client.message("Hello!", stream=True))
    start, block, ping, *deltas, stop, delta, end = events
    assert start["message"]["content"] == []
    assert start["message"]["stop_reason"] is None
    assert start["message"]["usage"]["input_tokens"] > 0
    assert block == {
        "type": "content_block_start",
        "index": 0,
        "content_block": {"type": "text", "text": ""},
    }
    assert ping == {"type": "ping"}
    assert {event["delta"]["type"] for event in deltas} == {"text_delta"}
    assert len(deltas) > 1
    text = "".join(event["delta"]["text"] for event in deltas)
    assert text == "Hello! How can I help you today?"
    assert stop == {"type": "content_block_stop", "index": 0}
    assert delta["delta"] == {"stop_reason": "end_turn", "stop_sequence": None}
    assert (
        delta["usage"]["output_tokens"] == client.message("Hello!").json()["usage"]["output_tokens"]
    )
    assert end == {"type": "message_stop"}


def test_calls_come_as_pieces_of_json(client):
    """Each call is a block of its own whose pieces give its input."""
    question = "Where is order 1042 and how long do refunds take?"
    events = named_events(client.message(question, tools=TOOLS, stream=True))
    starts = [event for event in events if event["type"] == "content_block_start"]
    assert [start["index"] for start in starts] == [0, 1]
    assert all(start["content_block"]["input"] == {} for start in starts)
    pieces = {0: "", 1: ""}
    for event in events:
        if event["type"] == "content_block_delta":
            assert event["delta"]["type"] == "input_json_delta"
            pieces[event["index"]] += event["delta"]["partial_json"]
    assert json.loads(pieces[0]) == ORDER
    assert json.loads(pieces[1]) == {"query": question}


@pytest.mark.parametrize(
    ("choice", "names"),
    [
        ({"type": "auto"}, ["lookup_order", "search_knowledge_base"]),
        ({"type": "auto", "disable_parallel_tool_use": True}, ["lookup_order"]),
        ({"type": "any"}, ["lookup_order", "search_knowledge_base"]),
        ({"type": "tool", "name": "search_knowledge_base"}, ["search_knowledge_base"]),
        ({"type": "none"}, []),
    ],
)
def test_tool_choice_is_obeyed(client, choice, names):
    """The caller can forbid tools, demand one or a certain one, or only one at a time."""
    question = "Where is order 1042 and how long do refunds take?"
    assert called(client.message(question, tools=TOOLS, tool_choice=choice)) == names


def test_any_tool_is_called_for_a_greeting(client):
    """`any` makes the model call a tool where it would not by itself."""
    assert called(client.message("Hello!", tools=TOOLS)) == []
    assert called(client.message("Hello!", tools=TOOLS, tool_choice={"type": "any"}))


def test_several_results_come_back_in_one_message(client):
    """Results of two calls and a remark beside them lead to one answer that tells both."""
    question = "Where is order 1042 and how long do refunds take?"
    asked = blocks(client.message(question, tools=TOOLS))
    told = [{"carrier": "DHL"}, {"results": [{"title": "Returns", "text": "Within 30 days."}]}]
    results = [
        {"type": "tool_result", "tool_use_id": call["id"], "content": json.dumps(result)}
        for call, result in zip(asked, told, strict=True)
    ]
    turns = [
        {"role": "user", "content": question},
        {"role": "assistant", "content": asked},
        {"role": "user", "content": [*results, {"type": "text", "text": "Please be brief."}]},
    ]
    (text,) = blocks(client.message(turns, tools=TOOLS))
    assert "DHL" in text["text"]
    assert "Within 30 days." in text["text"]


@pytest.mark.parametrize(
    "system", ["You help with orders.", [{"type": "text", "text": "You help with orders."}]]
)
def test_system_text_counts_as_prompt(client, system):
    """Instructions come as a text or as blocks, and cost tokens."""
    plain = client.message("Hello!").json()["usage"]["input_tokens"]
    assert client.message("Hello!", system=system).json()["usage"]["input_tokens"] > plain


def test_most_tokens_and_stop_sequences_end_an_answer(client):
    """What ends the answer is told by the vendor's words."""
    short = client.message("Tell me about boats", max_tokens=5).json()
    assert short["stop_reason"] == "max_tokens"
    assert short["usage"]["output_tokens"] <= 5
    stopped = client.message("Hello!", stop_sequences=["never said", " help"]).json()
    assert stopped["stop_reason"] == "stop_sequence"
    assert stopped["stop_sequence"] == " help"
    assert stopped["content"][0]["text"] == "Hello! How can I"


@pytest.mark.parametrize("most", [1, 3, 8, 12, 20])
def test_nothing_goes_over_the_callers_bound(client, most):
    """Thinking, text and calls together never count more tokens than the caller allows."""
    for fields in ({}, {"thinking": {"type": "adaptive"}}, {"tools": TOOLS}):
        answer = client.message("Where is order 1042?", max_tokens=most, **fields).json()
        assert answer["usage"]["output_tokens"] <= most
        fits = [block["type"] for block in answer["content"]] == ["tool_use"]
        assert answer["stop_reason"] == ("tool_use" if fits else "max_tokens")
    o_series = client.chat("Hello!", model="o4-mini", max_completion_tokens=most).json()
    assert o_series["usage"]["completion_tokens"] == most
    assert o_series["choices"][0]["finish_reason"] == "length"


def test_other_blocks_and_tools_are_accepted(client):
    """An image is left aside, and a tool that the provider runs is never called."""
    image = {"type": "image", "source": {"type": "url", "url": "https://example.org/a.png"}}
    content = [image, {"type": "text", "text": "Do you sell boats?"}]
    search = {"type": "web_search_20250305", "name": "web_search"}
    response = client.message([{"role": "user", "content": content}], tools=[search])
    assert [block["type"] for block in blocks(response)] == ["text"]


def test_a_thinking_block_may_come_back(client):
    """An answer with thinking and a call is accepted as part of the conversation."""
    question = "Where is order 1042?"
    asked = blocks(client.message(question, tools=TOOLS, thinking={"type": "adaptive"}))
    assert [block["type"] for block in asked] == ["thinking", "tool_use"]
    result = {"type": "tool_result", "tool_use_id": asked[1]["id"], "content": "Arrives Monday."}
    turns = [
        {"role": "user", "content": question},
        {"role": "assistant", "content": asked},
        {"role": "user", "content": [result]},
    ]
    assert "Arrives Monday." in blocks(client.message(turns, tools=TOOLS))[0]["text"]


def test_both_formats_decide_alike(client):
    """The same question leads to the same call through either API."""
    question = "I want a refund for order 1042, it broke"
    (choice,) = client.chat(question, tools=SUPPORT).json()["choices"]
    (call,) = choice["message"]["tool_calls"]
    (block,) = blocks(client.message(question, tools=TOOLS))
    assert block["name"] == call["function"]["name"]
    assert block["input"] == json.loads(call["function"]["arguments"])
