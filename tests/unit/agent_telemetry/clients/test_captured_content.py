"""Watched clients show what was said, whole and streamed, only when that is switched on."""

import json
from typing import Any

import anthropic
import openai
import pytest

from agent_telemetry.clients import watch_client
from agent_telemetry.content.mode import ContentMode
from tests.unit.agent_telemetry.clients.conftest import TOOLS

QUESTION = "Where is my order 1042? I am ada@example.com"
ASK: list[Any] = [{"role": "user", "content": QUESTION}]
INPUT, OUTPUT = "gen_ai.input.messages", "gen_ai.output.messages"
SHOWN = "Where is my order 1042? I am [redacted:email]"


@pytest.fixture
def captured(make_stack, spans) -> Any:
    """A stack that captures, and how to read the content of its calls."""
    stack = make_stack(content=ContentMode.SPAN_ONLY)

    def read() -> list[dict[str, Any]]:
        assert stack.flush(5)
        return [
            {key: json.loads(text) for key, text in span.attributes.items() if is_content(key)}
            for span in spans.get_finished_spans()
        ]

    return stack, read


def is_content(key: str) -> bool:
    """Whether an attribute holds content."""
    return key in {INPUT, OUTPUT, "gen_ai.system_instructions", "gen_ai.tool.definitions"}


def test_openai(captured, simulator: str) -> None:
    """Whole and streamed answers, text and tool calls, have the same content."""
    stack, read = captured
    given: dict[str, Any] = {"model": "gpt-4o-mini", "messages": ASK, "tools": TOOLS}
    with openai.OpenAI(base_url=f"{simulator}/v1", api_key="k", max_retries=0) as plain:
        client = watch_client(plain, stack)
        answer = client.chat.completions.create(**given)
        list(client.chat.completions.create(stream=True, **given))
        text = client.chat.completions.create(model="gpt-4o-mini", messages=ASK)
        list(client.chat.completions.create(model="gpt-4o-mini", messages=ASK, stream=True))
    (call,) = answer.choices[0].message.tool_calls or ()
    whole, streamed, said, streamed_text = read()
    assert whole[INPUT] == [{"role": "user", "parts": [{"type": "text", "content": SHOWN}]}]
    assert whole["gen_ai.tool.definitions"][0]["name"] == "lookup_order"
    for found in (whole, streamed):
        (message,) = found[OUTPUT]
        assert message["finish_reason"] == "tool_call"
        (part,) = message["parts"]
        assert part["name"] == "lookup_order"
        assert part["arguments"] == json.loads(call.function.arguments)
    for found in (said, streamed_text):
        (message,) = found[OUTPUT]
        assert message["parts"] == [
            {"type": "text", "content": stack.redact(text.choices[0].message.content)}
        ]
        assert message["finish_reason"] == "stop"


def test_anthropic(captured, simulator: str) -> None:
    """Whole and streamed answers have the same content; the system's text stands apart."""
    stack, read = captured
    given: dict[str, Any] = {"model": "claude-haiku-4-5", "max_tokens": 500, "messages": ASK}
    with anthropic.Anthropic(base_url=simulator, api_key="k", max_retries=0) as plain:
        client = watch_client(plain, stack)
        client.messages.create(system="Be brief.", **given)
        with client.messages.stream(system="Be brief.", **given) as stream:
            list(stream.text_stream)
    whole, streamed = read()
    assert whole["gen_ai.system_instructions"] == [{"type": "text", "content": "Be brief."}]
    assert whole[INPUT] == [{"role": "user", "parts": [{"type": "text", "content": SHOWN}]}]
    assert whole[OUTPUT][0]["parts"][0]["content"]
    assert whole == streamed


def test_nothing_without_the_switch(stack, simulator: str, finished) -> None:
    """By default a watched client's spans hold none of it."""
    with openai.OpenAI(base_url=f"{simulator}/v1", api_key="k", max_retries=0) as plain:
        client = watch_client(plain, stack)
        client.chat.completions.create(model="gpt-4o-mini", messages=ASK)
    (span,) = finished().values()
    assert not any(map(is_content, span.attributes))
    assert "order 1042" not in str(dict(span.attributes))
