"""Whatever is sent, the answer is never a server error."""

import asyncio
import json
from types import MappingProxyType

import httpx
from hypothesis import example, given, settings
from hypothesis import strategies as st

from example_app.simulator import SimulatorSettings, create_simulator
from tests.unit.example_app.simulator.conftest import ANTHROPIC, KEY

APP = create_simulator(SimulatorSettings(latency_scale=0, otlp_endpoint=""))
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
WORDS = st.sampled_from(
    [
        "order 1042",
        "refund",
        "compare ACME GLBX",
        "12 * 3",
        "15% of 240",
        "90 days",
        "buy",
        "(",
        "é",
    ]
)
TEXT = st.text() | st.lists(WORDS).map(" ".join)
NAME = st.sampled_from(
    ["lookup_order", "request_refund", "search_documents", "price_history", "calculator", "other"]
)
SCHEMA = JSON | st.fixed_dictionaries(
    {},
    optional={
        "properties": JSON
        | st.dictionaries(
            st.sampled_from(["order_id", "symbol", "days", "expression", "text", "x"]),
            JSON
            | st.fixed_dictionaries(
                {
                    "type": st.sampled_from(["string", "integer", "number", "boolean", "array"])
                    | JSON
                },
                optional={"minimum": JSON, "maximum": JSON, "maxLength": JSON, "enum": JSON},
            ),
        ),
        "required": JSON | st.lists(st.sampled_from(["order_id", "symbol", "x"])),
    },
)
TOOL = st.builds(
    lambda name, schema: {"type": "function", "function": {"name": name, "parameters": schema}},
    NAME,
    SCHEMA,
)
CUSTOM_TOOL = st.builds(
    lambda name, schema: {
        "name": name,
        "input_schema": {**schema, "type": "object"} if isinstance(schema, dict) else schema,
    },
    NAME,
    SCHEMA,
)
BLOCK = JSON | st.fixed_dictionaries(
    {"type": st.sampled_from(["text", "tool_use", "tool_result", "image", "thinking"])},
    optional={
        "text": TEXT | JSON,
        "id": st.sampled_from(["a", "b"]) | JSON,
        "tool_use_id": st.sampled_from(["a", "b"]) | JSON,
        "name": NAME | JSON,
        "input": JSON,
        "content": JSON,
        "is_error": JSON,
        "cache_control": st.just({"type": "ephemeral"}) | JSON,
    },
)
TURN = st.fixed_dictionaries(
    {
        "role": st.sampled_from(["user", "assistant", "system"]),
        "content": TEXT | st.lists(BLOCK, max_size=3) | JSON,
    }
)


async def _post(path, content, more):
    transport = httpx.ASGITransport(APP)
    headers = {
        **(ANTHROPIC if "messages" in path else KEY),
        "Content-Type": "application/json",
        **more,
    }
    async with httpx.AsyncClient(transport=transport, base_url="http://simulator") as client:
        return await client.post(path, content=content, headers=headers)


def post(path, body, headers=MappingProxyType({})):
    """Posts a body and returns the response."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return asyncio.run(_post(path, content, headers))


@given(st.binary() | JSON)
@settings(deadline=None)
def test_any_body_is_answered(body):
    """Bytes and JSON of any shape get a 4xx in the form of the API that was called."""
    for path in ("chat/completions", "embeddings", "messages", "messages/count_tokens"):
        response = post(f"/v1/{path}", body)
        assert 400 <= response.status_code < 500
        assert response.json()["error"]["message"]
        assert (response.json().get("type") == "error") == path.startswith("messages")


LIST_AS_TYPE = {"properties": {"order_id": {"type": []}}}


@given(st.lists(TEXT, min_size=1, max_size=3), st.lists(TOOL, max_size=3), st.booleans())
@example(
    ["0"],
    [{"type": "function", "function": {"name": "search", "parameters": LIST_AS_TYPE}}],
    False,  # noqa: FBT003 -- hypothesis' examples are positional
)
@settings(deadline=None)
def test_any_question_and_tools_are_answered(texts, tools, stream):
    """Any text and any tool schema leads to an answer or to a clear refusal."""
    messages = [{"role": "user", "content": text} for text in texts]
    body = {"model": "gpt-4o-mini", "messages": messages, "tools": tools, "stream": stream}
    response = post("/v1/chat/completions", body)
    assert response.status_code in {200, 400}, response.text
    if response.status_code == 200 and not stream:
        for call in response.json()["choices"][0]["message"].get("tool_calls", []):
            assert isinstance(json.loads(call["function"]["arguments"]), dict)


@given(NAME, st.text() | JSON.map(json.dumps))
@settings(deadline=None)
def test_any_tool_result_is_put_into_words(name, result):
    """Whatever a tool returned, the model says something or goes on."""
    call = {"id": "c", "type": "function", "function": {"name": name, "arguments": "{}"}}
    body = {
        "model": "gpt-4o-mini",
        "messages": [
            {"role": "user", "content": "Compare ACME and GLBX, refund order 1042"},
            {"role": "assistant", "tool_calls": [call]},
            {"role": "tool", "tool_call_id": "c", "content": result},
        ],
        "tools": [{"type": "function", "function": {"name": name}}],
    }
    response = post("/v1/chat/completions", body)
    # Text that no JSON can carry is refused; everything else is answered.
    assert response.status_code in {200, 400}, response.text


@given(
    st.lists(TURN, min_size=1, max_size=4),
    st.lists(CUSTOM_TOOL | JSON, max_size=3),
    st.fixed_dictionaries(
        {},
        optional={
            "system": TEXT | st.lists(BLOCK, max_size=2) | JSON,
            "tool_choice": st.builds(
                lambda kind, name: {"type": kind, "name": name},
                st.sampled_from(["auto", "any", "tool", "none"]),
                NAME | JSON,
            )
            | JSON,
            "thinking": st.just({"type": "adaptive"}) | JSON,
            "cache_control": st.just({"type": "ephemeral"}) | JSON,
            "stop_sequences": st.lists(st.text(max_size=3), max_size=3) | JSON,
            "max_tokens": st.integers(-1, 3000) | JSON,
            "stream": st.booleans() | JSON,
        },
    ),
)
@settings(deadline=None)
def test_any_message_is_answered(turns, tools, fields):
    """Any turns, blocks, tools and settings lead to an answer or to a clear refusal."""
    body = {"model": "claude-haiku-4-5", "max_tokens": 500, "messages": turns, "tools": tools}
    response = post("/v1/messages", {**body, **fields})
    assert response.status_code in {200, 400}, response.text
    if response.status_code == 400:
        assert response.json()["error"]["type"] == "invalid_request_error"
    elif fields.get("stream") is not True:
        assert response.json()["stop_reason"]


@given(
    st.lists(TEXT.filter(bool), min_size=1, max_size=3),
    st.lists(CUSTOM_TOOL, max_size=3),
    st.sampled_from(["auto", "any", "none"]),
    st.booleans(),
)
@settings(deadline=None)
def test_any_question_and_tools_of_a_message_are_answered(texts, tools, choice, stream):
    """Any text and any tool schema leads to an answer whose calls have objects as their input."""
    messages = [{"role": "user", "content": text} for text in texts]
    body = {"model": "claude-haiku-4-5", "max_tokens": 500, "messages": messages, "tools": tools}
    if tools:
        body["tool_choice"] = {"type": choice}
    response = post("/v1/messages", {**body, "stream": stream})
    assert response.status_code in {200, 400}, response.text
    if response.status_code == 200 and not stream:
        for block in response.json()["content"]:
            assert block["type"] == "text" or isinstance(block["input"], dict)


@given(st.text(st.characters(codec="latin-1", exclude_categories=["Cc"])))
@settings(deadline=None)
def test_any_fault_header_is_answered(text):
    """Any value of the header is an order that makes sense, or is refused in the API's form."""
    headers = {"x-simulator-fault": text.encode("latin-1")}
    chat = {"model": "gpt-4o-mini", "messages": [{"role": "user", "content": "Hello!"}]}
    response = post("/v1/chat/completions", chat, headers)
    assert response.status_code == 400
    assert response.json()["error"]["message"]
