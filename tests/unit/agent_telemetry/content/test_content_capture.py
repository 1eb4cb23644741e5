"""Content of calls: off unless asked for; then redacted, in the conventions' shape, bounded."""

import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_telemetry import Settings
from agent_telemetry.content.capture import ContentCapture, attributes_of
from agent_telemetry.content.messages import input_messages, output_messages, tool_definitions
from agent_telemetry.content.mode import VARIABLE, ContentMode
from agent_telemetry.exceptions import ConfigurationError
from agent_telemetry.redaction.redactor import Redactor
from commands.checkout import ROOT

MAIL, KEY = "ada@example.com", "sk-proj-" + "aB3dE5gH7jK9mN1pQ3sT5vW7yZ9" * 2
INPUT, OUTPUT = "gen_ai.input.messages", "gen_ai.output.messages"
SYSTEM, TOOLS = "gen_ai.system_instructions", "gen_ai.tool.definitions"


def talk(stack: Any) -> None:
    """One call with content of every kind, and a tool's."""
    with stack.llm("gpt-4o-mini") as call:
        call.capture(
            system="Be brief.",
            input=[{"role": "user", "content": f"I am {MAIL}, my key is {KEY}"}],
            output={"role": "assistant", "content": "Hello."},
            tools=[{"type": "function", "function": {"name": "lookup", "parameters": {}}}],
        )
        call.usage(input=1, output=1)
    with stack.tool("lookup", arguments={"mail": MAIL, "api_key": "opaque"}) as tool:
        tool.result({"status": "shipped", "to": MAIL})


@pytest.mark.parametrize(
    ("text", "mode"),
    [
        ("", ContentMode.NO_CONTENT),
        ("no_content", ContentMode.NO_CONTENT),
        ("false", ContentMode.NO_CONTENT),
        ("true", ContentMode.SPAN_ONLY),
        ("SPAN_ONLY", ContentMode.SPAN_ONLY),
        ("event_only", ContentMode.EVENT_ONLY),
        ("SPAN_AND_EVENT", ContentMode.SPAN_AND_EVENT),
    ],
)
def test_variable(text: str, mode: ContentMode) -> None:
    """The standard variable's values and those of before."""
    assert Settings.from_env("a", {VARIABLE: text}).content is mode
    assert Settings.from_env("a", {}).content is ContentMode.NO_CONTENT


def test_bad_value_stops_the_start() -> None:
    """A mistyped mode neither captures nor passes silently."""
    with pytest.raises(ConfigurationError, match=f"{VARIABLE}.*SPAN_ONLY"):
        Settings.from_env("a", {VARIABLE: "SPANS"})


def test_nothing_is_kept_by_default(stack, finished, log_lines) -> None:
    """Without the variable no content is on a span or in a log line."""
    talk(stack)
    told = [str(dict(span.attributes)) for span in finished().values()]
    for text in (*told, json.dumps(log_lines())):
        assert "brief" not in text
        assert "gen_ai.input" not in text
        assert "shipped" not in text


def test_spans_carry_redacted_content(make_stack, spans, log_lines) -> None:
    """On spans it is JSON of the conventions' shape without the secrets, and in no log line."""
    stack = make_stack(content=ContentMode.SPAN_ONLY)
    talk(stack)
    assert stack.flush(5)
    chat, tool = (dict(span.attributes) for span in spans.get_finished_spans())
    assert json.loads(chat[SYSTEM]) == [{"type": "text", "content": "Be brief."}]
    said = "I am [redacted:email], my key is [redacted:api_key]"
    assert json.loads(chat[INPUT]) == [
        {"role": "user", "parts": [{"type": "text", "content": said}]}
    ]
    assert json.loads(chat[OUTPUT]) == [
        {
            "role": "assistant",
            "parts": [{"type": "text", "content": "Hello."}],
            "finish_reason": "stop",
        }
    ]
    assert json.loads(chat[TOOLS]) == [{"type": "function", "name": "lookup"}]
    arguments = {"mail": "[redacted:email]", "api_key": "[redacted:secret]"}
    assert json.loads(tool["gen_ai.tool.call.arguments"]) == arguments
    assert json.loads(tool["tool.input"]) == arguments
    assert json.loads(tool["gen_ai.tool.call.result"])["to"] == "[redacted:email]"
    assert "brief" not in json.dumps(log_lines())


def test_events_carry_redacted_content(make_stack, spans, log_lines) -> None:
    """As an event it is one structured log record of the call, and on no span."""
    stack = make_stack(content=ContentMode.EVENT_ONLY)
    talk(stack)
    assert stack.flush(5)
    chat = spans.get_finished_spans()[0]
    (line,) = [
        each
        for each in log_lines()
        if each.get("event") == "gen_ai.client.inference.operation.details"
    ]
    assert line["extra"][INPUT][0]["parts"][0]["content"].startswith("I am [redacted:email]")
    assert line["extra"][OUTPUT][0]["finish_reason"] == "stop"
    assert line["span_id"] == f"{chat.context.span_id:016x}"
    assert KEY not in json.dumps(log_lines())
    assert not [key for key in chat.attributes if key in {INPUT, OUTPUT, SYSTEM, TOOLS}]


def test_long_content_stays_json(make_stack, spans) -> None:
    """A prompt of 20 MB becomes valid JSON of bounded length; how long it was is noted."""
    stack = make_stack(content=ContentMode.SPAN_ONLY)
    with stack.llm("gpt-4o-mini") as call:
        call.capture(
            input=[
                {"role": "user", "content": "x" * 20_000_000},
                {"role": "user", "content": "And now?"},
            ]
        )
        call.usage(input=1, output=1)
    assert stack.flush(5)
    found = spans.get_finished_spans()[0].attributes
    assert len(found[INPUT]) <= 4096
    first, second = json.loads(found[INPUT])
    assert set(first["parts"][0]["content"]) == {"x"}
    assert second["parts"][0]["content"] == "And now?"
    assert 20_000_000 < found[INPUT + ".length"] < 20_010_000


def test_formats_of_providers_become_one() -> None:
    """OpenAI's, Anthropic's and Gemini's tool calls and results look the same."""
    arguments, call = {"order_id": "1042"}, {"type": "tool_call", "id": "c1", "name": "lookup"}
    asked = {"role": "assistant", "parts": [{**call, "arguments": arguments}]}
    told = {
        "role": "tool",
        "parts": [{"type": "tool_call_response", "id": "c1", "response": "shipped"}],
    }
    function = {"name": "lookup", "arguments": json.dumps(arguments)}
    openai = [
        {"role": "assistant", "content": None, "tool_calls": [{"id": "c1", "function": function}]},
        {"role": "tool", "tool_call_id": "c1", "content": "shipped"},
    ]
    responses = [
        {"type": "function_call", "call_id": "c1", **function},
        {"type": "function_call_output", "call_id": "c1", "output": "shipped"},
    ]
    use = {"type": "tool_use", "id": "c1", "name": "lookup", "input": arguments}
    shipped = [{"type": "text", "text": "shipped"}]
    result = {"type": "tool_result", "tool_use_id": "c1", "content": shipped}
    anthropic = [
        {"role": "assistant", "content": [use]},
        {"role": "user", "content": [result]},
    ]
    gemini = [
        {
            "role": "model",
            "parts": [{"function_call": {"id": "c1", "name": "lookup", "args": arguments}}],
        },
        {"role": "user", "parts": [{"function_response": {"id": "c1", "response": "shipped"}}]},
    ]
    for messages in (openai, responses, anthropic, gemini):
        assert input_messages(messages) == [asked, told]
        assert input_messages(input_messages(messages)) == [asked, told]
    assert output_messages([asked], "tool_use")[0]["finish_reason"] == "tool_call"
    image = {"type": "image", "source": {"data": "aGVsbG8="}}
    assert input_messages([{"role": "user", "content": [image]}])[0]["parts"] == [{"type": "image"}]
    schema = {"type": "object"}
    expected = [{"type": "function", "name": "a", "parameters": schema}]
    assert tool_definitions([{"name": "a", "input_schema": schema}]) == expected
    gemini_tool = {"function_declarations": [{"name": "a", "parameters": schema}]}
    assert tool_definitions([gemini_tool]) == expected


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)
WORDS = st.sampled_from(
    ["role", "content", "parts", "type", "text", "tool_calls", "function", "tool_use", "name"]
)
MESSAGES = st.dictionaries(WORDS, WORDS | VALUES | st.lists(st.dictionaries(WORDS, VALUES)))


@given(st.one_of(VALUES, MESSAGES, st.lists(MESSAGES)), st.integers(16, 200))
def test_any_value_becomes_bounded_json(value: Any, length: int) -> None:
    """Whatever is given, what comes out is JSON that is no longer than it may be."""
    capture = ContentCapture(ContentMode.SPAN_ONLY, Redactor(), length)
    for shape in (input_messages, output_messages, tool_definitions):
        found: dict[str, Any] = {}
        capture.put(found, "key", shape(value))
        text = attributes_of(found)["key"]
        assert len(str(text)) <= length
        if isinstance(found["key"], list):
            assert json.loads(str(text)) == found["key"]


@pytest.mark.parametrize("offset", range(0, 60, 3))
def test_no_half_of_a_secret_stays(offset: int) -> None:
    """Wherever the cut falls, no part of a key that it falls into is kept."""
    capture = ContentCapture(ContentMode.SPAN_ONLY, Redactor(), 200)
    found: dict[str, Any] = {}
    text = "a " * 60 + "." * offset + f" {KEY} " + f"{MAIL} " * 300 + KEY
    capture.put(found, "key", input_messages(text))
    assert "sk-proj" not in json.dumps(found)
    assert "ada@" not in json.dumps(found)


@pytest.mark.parametrize("mode", ["NO_CONTENT", "SPAN_AND_EVENT"])
def test_guide_runs(mode: str, tmp_path, monkeypatch) -> None:
    """The guide's code runs, with capture and without, and shows what the guide says."""
    monkeypatch.setenv(VARIABLE, mode)
    monkeypatch.setenv("AGENT_TELEMETRY_LOG_DIR", str(tmp_path))
    monkeypatch.setenv("AGENT_TELEMETRY_LOG_STDOUT", "0")
    text = (ROOT / "docs" / "guides" / "content-capture.md").read_text("utf-8")
    names: dict[str, Any] = {}
    try:
        for code in re.findall(r"^```python\n(.*?)^```", text, re.MULTILINE | re.DOTALL):
            exec(compile(code, "guide", "exec"), names)
    finally:
        names["stack"].shutdown()
    log = "".join(each.read_text("utf-8") for each in tmp_path.glob("app-*.jsonl"))
    assert ("Where is order 1042? I am [redacted:email]" in log) is (mode != "NO_CONTENT")
    assert "ada@example.com" not in log
