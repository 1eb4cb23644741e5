"""Whatever is sent, the answer is never a server error."""

import asyncio
import json

import httpx
from hypothesis import example, given, settings
from hypothesis import strategies as st

from example_app.simulator import SimulatorSettings, create_simulator
from tests.unit.example_app.simulator.conftest import KEY

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


async def _post(path, content):
    transport = httpx.ASGITransport(APP)
    headers = {**KEY, "Content-Type": "application/json"}
    async with httpx.AsyncClient(transport=transport, base_url="http://simulator") as client:
        return await client.post(path, content=content, headers=headers)


def post(path, body):
    """Posts a body and returns the response."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return asyncio.run(_post(path, content))


@given(st.binary() | JSON)
@settings(deadline=None)
def test_any_body_is_answered(body):
    """Bytes and JSON of any shape get a 4xx in OpenAI's form."""
    for path in ("/v1/chat/completions", "/v1/embeddings"):
        response = post(path, body)
        assert 400 <= response.status_code < 500
        assert response.json()["error"]["message"]


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
