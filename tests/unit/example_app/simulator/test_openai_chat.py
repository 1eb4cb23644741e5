"""The form of a chat completion, whole and streamed, and its token counts."""

import json

from tests.unit.example_app.simulator.conftest import SUPPORT, events


def test_answer_has_the_form_of_a_chat_completion(client):
    """A client of OpenAI finds every field where it expects it."""
    answer = client.chat("Hello!").json()
    assert answer["object"] == "chat.completion"
    assert answer["id"].startswith("chatcmpl-")
    assert answer["model"] == "gpt-4o-mini-2024-07-18"
    assert isinstance(answer["created"], int)
    (choice,) = answer["choices"]
    assert choice["finish_reason"] == "stop"
    assert choice["message"]["role"] == "assistant"
    assert choice["message"]["content"]


def test_tool_call_has_the_form_of_a_tool_call(client):
    """A call carries an id, a name and arguments as JSON text, and no content beside it."""
    (choice,) = client.chat("Where is order 1042?", tools=SUPPORT).json()["choices"]
    assert choice["finish_reason"] == "tool_calls"
    assert choice["message"]["content"] is None
    (call,) = choice["message"]["tool_calls"]
    assert call["type"] == "function"
    assert call["id"].startswith("call_")
    assert json.loads(call["function"]["arguments"]) == {"order_id": "1042"}


def test_ids_are_never_used_twice(client):
    """Two equal requests get different ids."""
    first, second = (client.chat("Where is order 1042?", tools=SUPPORT).json() for _ in range(2))
    calls = [a["choices"][0]["message"]["tool_calls"][0]["id"] for a in (first, second)]
    assert first["id"] != second["id"]
    assert calls[0] != calls[1]


def test_streamed_text_is_the_whole_text(client):
    """The deltas put together give what the same request answers without a stream."""
    chunks = events(client.chat("Hello!", stream=True))
    assert chunks.pop() == "[DONE]"
    assert {chunk["object"] for chunk in chunks} == {"chat.completion.chunk"}
    assert len({chunk["id"] for chunk in chunks}) == 1
    deltas = [chunk["choices"][0]["delta"] for chunk in chunks]
    assert deltas[0]["role"] == "assistant"
    assert [c["choices"][0]["finish_reason"] for c in chunks] == [None] * (len(chunks) - 1) + [
        "stop"
    ]
    whole = client.chat("Hello!").json()["choices"][0]["message"]["content"]
    assert "".join(delta.get("content", "") for delta in deltas) == whole
    assert len([delta for delta in deltas if delta.get("content")]) > 1


def test_streamed_tool_calls_are_the_whole_calls(client):
    """Calls come in pieces with their index, and the pieces of each give well-formed JSON."""
    question = "Where is order 1042 and how long do refunds take?"
    *chunks, _ = events(client.chat(question, tools=SUPPORT, stream=True))
    calls: dict[int, dict[str, str]] = {}
    for chunk in chunks:
        for part in chunk["choices"][0]["delta"].get("tool_calls", []):
            call = calls.setdefault(part["index"], {"id": "", "name": "", "arguments": ""})
            call["id"] += part.get("id", "")
            call["name"] += part["function"].get("name", "")
            call["arguments"] += part["function"].get("arguments", "")
    assert [call["name"] for call in calls.values()] == ["lookup_order", "search_knowledge_base"]
    assert json.loads(calls[0]["arguments"]) == {"order_id": "1042"}
    assert json.loads(calls[1]["arguments"]) == {"query": question}
    assert calls[0]["id"] != calls[1]["id"]
    assert chunks[-1]["choices"][0]["finish_reason"] == "tool_calls"


def test_stream_tells_usage_only_when_asked(client):
    """`include_usage` adds one last chunk without choices; the counts are those of the whole."""
    plain = events(client.chat("Hello!", stream=True))
    assert all("usage" not in chunk for chunk in plain[:-1])
    options = {"include_usage": True}
    *chunks, last, _ = events(client.chat("Hello!", stream=True, stream_options=options))
    assert all(chunk["usage"] is None for chunk in chunks)
    assert last["choices"] == []
    assert last["usage"] == client.chat("Hello!").json()["usage"]


def test_usage_adds_up(client):
    """Total is prompt plus completion; text of four bytes a token is what is counted."""
    usage = client.chat("Hello!").json()["usage"]
    assert usage["total_tokens"] == usage["prompt_tokens"] + usage["completion_tokens"]
    longer = client.chat("Hello!" + "x" * 400).json()["usage"]
    assert longer["prompt_tokens"] == usage["prompt_tokens"] + 100
    assert usage["completion_tokens_details"]["reasoning_tokens"] == 0


def test_tools_count_as_prompt(client):
    """What the model is told about tools costs prompt tokens, as with the real provider."""
    without = client.chat("Hello!").json()["usage"]["prompt_tokens"]
    assert client.chat("Hello!", tools=SUPPORT).json()["usage"]["prompt_tokens"] > without


def test_repeated_prefix_is_cached(client):
    """The second time, the known beginning of a long prompt is counted as cached in blocks."""
    system = {"role": "system", "content": "You help. " * 200}
    seen = []
    for question in ("Hello!", "Hello!", "Thank you"):
        answer = client.chat([system, {"role": "user", "content": question}]).json()
        seen.append(answer["usage"]["prompt_tokens_details"]["cached_tokens"])
    assert seen == [0, 384, 384]


def test_short_or_unknown_prompts_are_not_cached(start):
    """Below the limit nothing is cached, nor for another model."""
    client = start(cache_min_tokens=1024)
    messages = [{"role": "user", "content": "x" * 3000}]
    for model in ("gpt-4o", "gpt-4o", "gpt-4o-mini"):
        usage = client.chat(messages, model=model).json()["usage"]
        assert usage["prompt_tokens_details"]["cached_tokens"] == 0


def test_reasoning_models_count_their_thoughts(client):
    """Reasoning tokens are part of the completion tokens."""
    usage = client.chat("Hello!", model="o4-mini").json()["usage"]
    plain = client.chat("Hello!").json()["usage"]
    reasoning = usage["completion_tokens_details"]["reasoning_tokens"]
    assert reasoning > 0
    assert usage["completion_tokens"] == plain["completion_tokens"] + reasoning


def test_max_tokens_cuts_the_answer(client):
    """A bound on the tokens cuts the text and says so."""
    answer = client.chat("Tell me about boats", max_completion_tokens=5).json()
    assert answer["choices"][0]["finish_reason"] == "length"
    assert answer["usage"]["completion_tokens"] <= 5


def test_content_may_come_in_parts(client):
    """A message of text parts is read like one text."""
    parts = [{"type": "text", "text": "Where is"}, {"type": "text", "text": "order 1042?"}]
    answer = client.chat([{"role": "user", "content": parts}], tools=SUPPORT).json()
    assert answer["choices"][0]["finish_reason"] == "tool_calls"
