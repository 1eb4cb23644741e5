"""Refusals in OpenAI's form."""

import pytest
import requests

from tests.unit.example_app.simulator.conftest import KEY, SUPPORT

CALL = {
    "role": "assistant",
    "content": None,
    "tool_calls": [
        {
            "id": "call_1",
            "type": "function",
            "function": {"name": "lookup_order", "arguments": "{}"},
        }
    ],
}
USER = {"role": "user", "content": "Hello!"}


def error_of(response, status):
    """The error of a response, after checking that it is OpenAI's form and tells no traceback."""
    assert response.status_code == status, response.text
    assert response.json().keys() == {"error"}
    error = response.json()["error"]
    assert error.keys() == {"message", "type", "param", "code"}
    assert "Traceback" not in response.text
    return error


@pytest.mark.parametrize(
    "headers", [{}, {"Authorization": "Bearer "}, {"Authorization": "Basic x"}]
)
@pytest.mark.parametrize("path", ["/chat/completions", "/embeddings"])
def test_a_key_is_needed(client, path, headers):
    """Without a bearer key the answer is 401."""
    body = {"model": "gpt-4o-mini", "messages": [USER], "input": "x"}
    error = error_of(client.post(path, body, headers=headers), 401)
    assert error["type"] == "invalid_request_error"


def test_unknown_model_is_not_found(client):
    """A model nobody knows is 404 with OpenAI's code."""
    error = error_of(client.chat("Hello!", model="gpt-99"), 404)
    assert error["code"] == "model_not_found"
    assert "gpt-99" in error["message"]


def test_embedding_model_does_not_chat(client):
    """A model of the other kind is as unknown as any."""
    error_of(client.chat("Hello!", model="text-embedding-3-small"), 404)


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({"messages": []}, "messages"),
        ({"messages": [{"role": "wizard", "content": "x"}]}, "messages[0].role"),
        ({"tools": [{"type": "function"}]}, "tools[0].function"),
        ({"max_tokens": 0}, "max_tokens"),
        ({"n": 2}, "n"),
        ({"tool_choice": {"type": "function", "function": {"name": "no"}}}, "tool_choice"),
        (
            {"messages": [USER, {"role": "tool", "tool_call_id": "x", "content": ""}]},
            "messages[1].role",
        ),
        ({"messages": [USER, CALL]}, "messages[2].role"),
        ({"messages": [USER, CALL, USER]}, "messages[2].role"),
    ],
)
def test_bad_fields_are_named(client, fields, param):
    """A field at fault is 400 and its name is told."""
    body = {"model": "gpt-4o-mini", "messages": [USER], "tools": SUPPORT, **fields}
    assert error_of(client.post("/chat/completions", body), 400)["param"] == param


@pytest.mark.parametrize(
    "body", [b"{", b"", b"[1]", b'"x"', b"\xff", b'{"a":"\\ud800"}', b"[" * 5000]
)
def test_bad_json_is_refused(client, body):
    """A body that is no JSON object is 400."""
    headers = {**KEY, "Content-Type": "application/json"}
    url = f"{client.base_url}/chat/completions"
    error_of(requests.post(url, data=body, headers=headers, timeout=10), 400)


def test_other_content_types_are_refused(client):
    """A form is not read."""
    url = f"{client.base_url}/chat/completions"
    error_of(requests.post(url, data={"model": "x"}, headers=KEY, timeout=10), 415)


def test_large_bodies_are_refused(client):
    """Over 4 MiB the answer is 413."""
    error_of(client.chat("x" * 4_200_000), 413)


@pytest.mark.parametrize(("method", "status"), [("GET", 405), ("DELETE", 405)])
def test_wrong_method(client, method, status):
    """The framework's own refusals have OpenAI's form, too."""
    url = f"{client.base_url}/chat/completions"
    error_of(requests.request(method, url, headers=KEY, timeout=10), status)


def test_unknown_path(client):
    """A path that is not there is 404 in OpenAI's form."""
    error_of(requests.get(f"{client.root}/v2/none", timeout=10), 404)
