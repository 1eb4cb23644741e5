"""Requests made to hurt: too deep, too many, too large, of the wrong type. All are answered."""

import json

import pytest
import requests

from tests.unit.example_app.simulator.conftest import (
    ANTHROPIC,
    KEY,
    SUPPORT,
    Client,
    custom_tool,
)

USER = {"role": "user", "content": "Where is order 1042?"}
MANY = 200_000
_LIMIT_SECONDS = 30


def nested(depth, inner="x"):
    """A list in a list in a list."""
    return json.loads("[" * depth + json.dumps(inner) + "]" * depth)


def deep_schema(depth):
    """A JSON Schema of objects in objects."""
    schema = {"type": "string"}
    for _ in range(depth):
        schema = {"type": "object", "properties": {"order_id": schema}, "required": ["order_id"]}
    return schema


def post(client, path, body):
    """Posts to one of the APIs; an answer that does not come in time fails the test."""
    headers = ANTHROPIC if path.startswith("/messages") else KEY
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return requests.post(
        f"{client.base_url}{path}",
        data=content,
        headers={**headers, "content-type": "application/json"},
        timeout=_LIMIT_SECONDS,
    )


def refused(response, status=400):
    """Checks a refusal: its status, and a message within bounds."""
    assert response.status_code == status, response.text[:500]
    message = response.json()["error"]["message"]
    assert 0 < len(message) <= 500


CHAT = {"model": "gpt-4o-mini", "messages": [USER]}
MESSAGE = {"model": "claude-haiku-4-5", "max_tokens": 99, "messages": [USER]}
VECTOR = {"model": "text-embedding-3-small", "input": "x"}
APIS = [
    ("/chat/completions", CHAT),
    ("/messages", MESSAGE),
    ("/messages/count_tokens", {k: v for k, v in MESSAGE.items() if k != "max_tokens"}),
    ("/embeddings", VECTOR),
]


@pytest.mark.parametrize(("path", "body"), APIS)
@pytest.mark.parametrize("depth", [200, 400, 1_100, 100_000])
def test_deep_nesting_is_refused_or_left_aside(client: Client, path, body, depth):
    """Nesting in a field that is read is refused, in any other it has no effect."""
    deep = b"[" * depth + b"]" * depth
    for field in body:
        text = json.dumps({**body, field: "PLACE"}).encode().replace(b'"PLACE"', deep)
        refused(post(client, path, text))
    unknown = json.dumps({**body, "metadata": "PLACE"}).encode().replace(b'"PLACE"', deep)
    assert post(client, path, unknown).status_code == (200 if depth < 1_000 else 400)


@pytest.mark.parametrize("depth", [100, 200, 330])
def test_deep_tools_are_planned_with_or_refused(client, depth):
    """A tool's schema of any depth gives an answer or a refusal in both formats."""
    tool = {"name": "lookup_order", "input_schema": deep_schema(depth)}
    function = {"name": "lookup_order", "parameters": deep_schema(depth)}
    calls = [
        ("/messages", {**MESSAGE, "tools": [tool]}),
        ("/chat/completions", {**CHAT, "tools": [{"type": "function", "function": function}]}),
    ]
    for path, body in calls:
        response = post(client, path, body)
        assert response.status_code in {200, 400}, response.text[:500]


@pytest.mark.parametrize("depth", [100, 250, 400, 1_000, 50_000])
def test_deep_tool_results_are_put_into_words(client, depth):
    """What a tool returns may be nested as deeply as it likes: there is an answer."""
    result = "[" * depth + "]" * depth
    call = {"type": "function", "function": {"name": "lookup_order", "arguments": "{}"}}
    turns = [
        USER,
        {"role": "assistant", "tool_calls": [{"id": "c", **call}]},
        {"role": "tool", "tool_call_id": "c", "content": result},
    ]
    assert post(client, "/chat/completions", {**CHAT, "messages": turns}).status_code == 200
    use = {"type": "tool_use", "id": "c", "name": "lookup_order", "input": {"a": nested(20)}}
    turns = [
        USER,
        {"role": "assistant", "content": [use]},
        {
            "role": "user",
            "content": [{"type": "tool_result", "tool_use_id": "c", "content": result}],
        },
    ]
    assert post(client, "/messages", {**MESSAGE, "messages": turns}).status_code == 200


def test_deep_input_of_an_earlier_call_is_refused(client):
    """A call in the conversation whose input nobody could have written is refused."""
    use = {"type": "tool_use", "id": "c", "name": "t", "input": {"a": nested(400)}}
    turns = [
        USER,
        {"role": "assistant", "content": [use]},
        {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "c"}]},
    ]
    refused(post(client, "/messages", {**MESSAGE, "messages": turns}))


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/chat/completions", {**CHAT, "messages": [{"role": "user"}] * MANY}),
        ("/chat/completions", {**CHAT, "messages": [0] * MANY}),
        ("/chat/completions", {**CHAT, "tools": [0] * MANY}),
        ("/chat/completions", {**CHAT, "stop": ["x"] * MANY}),
        ("/chat/completions", {**CHAT, "messages": [{"role": "user", "content": [0] * MANY}]}),
        ("/messages", {**MESSAGE, "messages": [{"role": "user"}] * MANY}),
        ("/messages", {**MESSAGE, "messages": [USER] * 20_000}),
        ("/messages", {**MESSAGE, "messages": [{"role": "user", "content": [0] * MANY}]}),
        ("/messages", {**MESSAGE, "tools": [0] * MANY}),
        ("/messages", {**MESSAGE, "stop_sequences": ["x"] * MANY}),
        ("/messages/count_tokens", {**MESSAGE, "system": [0] * MANY}),
        ("/embeddings", {**VECTOR, "input": ["x"] * MANY}),
        ("/embeddings", {**VECTOR, "input": [1] * 400_000}),
        ("/embeddings", {**VECTOR, "input": [[1] * 300] * 2_000}),
        ("/embeddings", {**VECTOR, "input": [""] * MANY}),
    ],
)
def test_huge_arrays_are_refused(client, path, body):
    """More of anything than a request may have is refused at the first look."""
    refused(post(client, path, body))


def test_the_largest_batch_of_embeddings_is_answered(client):
    """As many texts as OpenAI allows come back as so many vectors."""
    response = post(client, "/embeddings", {**VECTOR, "input": ["refund"] * 2_048})
    assert len(response.json()["data"]) == 2_048


@pytest.mark.parametrize("text", ["(" * 100_000, "1 " * 50_000, "1+" * 50_000, "#" * 100_000])
def test_long_texts_do_not_stop_the_planner(client, text):
    """Texts that are hard on patterns are answered like any other."""
    message = {**USER, "content": text}
    chat = {**CHAT, "messages": [message] * 5, "tools": SUPPORT}
    claude = {**MESSAGE, "messages": [message] * 5, "tools": [custom_tool(t) for t in SUPPORT]}
    assert post(client, "/chat/completions", chat).status_code == 200
    assert post(client, "/messages", claude).status_code == 200


@pytest.mark.parametrize(("path", "body"), APIS)
@pytest.mark.parametrize("wrong", [None, True, 1e308, -1, "", [], {}, [[]], [{}], {"type": 3}])
def test_wrong_types_are_refused_or_mean_nothing(client, path, body, wrong):
    """Any field may hold anything: the answer is a refusal, or the field was not needed."""
    known = {
        "tools": wrong,
        "tool_choice": wrong,
        "stream_options": wrong,
        "system": wrong,
        "thinking": wrong,
        "stop": wrong,
        "dimensions": wrong,
        "cache_control": wrong,
        **dict.fromkeys(body, wrong),
    }
    for field, value in known.items():
        response = post(client, path, {**body, field: value})
        assert response.status_code in {200, 400, 404}, (field, response.text[:500])


@pytest.mark.parametrize("kind", [[], {}, None, 3, "hat"])
@pytest.mark.parametrize("role", ["user", "assistant"])
def test_blocks_of_no_kind_are_refused(client, kind, role):
    """A block whose type is no name, or a name that nobody knows, is refused wherever it stands."""
    result = {"type": "tool_result", "tool_use_id": "c", "content": [{"type": kind}]}
    for content in ([{"type": kind, "text": "x"}], [result]):
        body = {**MESSAGE, "messages": [{"role": role, "content": content}]}
        refused(post(client, "/messages", body))
    refused(post(client, "/messages", {**MESSAGE, "system": [{"type": kind, "text": "x"}]}))
    parts = [{"role": role, "content": [{"type": kind, "text": []}]}]
    refused(post(client, "/chat/completions", {**CHAT, "messages": parts}))


@pytest.mark.parametrize(("path", "body"), APIS)
@pytest.mark.parametrize("text", ['"\\ud800"', '"\\udfff\\ud800"', '"\\u0000"', "1e999", "NaN"])
def test_what_no_json_can_carry_is_refused(client, path, body, text):
    """Lone surrogates and numbers that are none are 400; the character nought is a character."""
    field = "input" if path == "/embeddings" else "user"
    raw = json.dumps({**body, field: "PLACE"}).encode().replace(b'"PLACE"', text.encode())
    response = post(client, path, raw)
    assert response.status_code == (200 if text == '"\\u0000"' else 400)


@pytest.mark.parametrize("name", ["%ED%A0%80", "%00", "a" * 5_000, "%F0%9F%92%A9", ".."])
@pytest.mark.parametrize("headers", [KEY, ANTHROPIC], ids=["openai", "anthropic"])
def test_any_model_name_in_the_path_is_answered(client, name, headers):
    """A name that no model has is not found, in either form."""
    response = requests.get(f"{client.base_url}/models/{name}", headers=headers, timeout=10)
    assert response.status_code == 404
    assert response.json()["error"]["message"]
