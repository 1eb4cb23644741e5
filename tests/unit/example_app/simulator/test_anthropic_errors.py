"""Refusals in Anthropic's form."""

import pytest
import requests

from tests.unit.example_app.simulator.conftest import ANTHROPIC, SUPPORT, custom_tool

USER = {"role": "user", "content": "Hello!"}
CALL = {"role": "assistant", "content": [{"type": "tool_use", "id": "a", "name": "t", "input": {}}]}
RESULT = {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "a"}]}
MARKED = {"type": "text", "text": "x", "cache_control": {"type": "ephemeral"}}
TOOLS = [custom_tool(tool) for tool in SUPPORT]


def error_of(response, status, kind):
    """The error's message, after checking that the answer has Anthropic's form and no traceback."""
    assert response.status_code == status, response.text
    body = response.json()
    assert body.keys() == {"type", "error", "request_id"}
    assert body["type"] == "error"
    assert body["error"]["type"] == kind
    assert body["request_id"] == response.headers["request-id"]
    assert "Traceback" not in response.text
    return body["error"]["message"]


@pytest.mark.parametrize("path", ["/messages", "/messages/count_tokens"])
def test_headers_are_needed(client, path):
    """Without a key the answer is 401, without a version 400; a bearer key is a key as well."""
    body = {"model": "claude-haiku-4-5", "max_tokens": 9, "messages": [USER]}
    version = {"anthropic-version": "2023-06-01"}
    for headers in ({}, version, {"Authorization": "Basic x"}):
        error_of(client.post(path, body, headers=headers), 401, "authentication_error")
    key = {"x-api-key": "any"}
    for headers in (key, {**key, "anthropic-version": "newest"}):
        message = error_of(client.post(path, body, headers=headers), 400, "invalid_request_error")
        assert "anthropic-version" in message
    bearer = {**version, "Authorization": "Bearer any"}
    assert client.post(path, body, headers=bearer).status_code == 200


@pytest.mark.parametrize("model", ["claude-99", "gpt-4o"])
def test_unknown_model_is_not_found(client, model):
    """A model that the vendor does not have is 404, another vendor's included."""
    assert error_of(client.message("Hello!", model=model), 404, "not_found_error") == (
        f"model: {model}"
    )


@pytest.mark.parametrize(
    ("fields", "start"),
    [
        ({"max_tokens": None}, "max_tokens: "),
        ({"messages": []}, "messages: "),
        ({"messages": [{"role": "wizard", "content": "x"}]}, "messages.0.role: "),
        ({"messages": [{"role": "user", "content": ""}]}, "messages.0.content.0.text.text: "),
        ({"messages": [{"role": "user", "content": []}, USER]}, "messages.0: "),
        ({"messages": [{"role": "user", "content": [{"type": "hat"}]}]}, "messages.0.content.0."),
        ({"messages": [USER, RESULT]}, "messages.1.content.0: unexpected `tool_use_id`"),
        ({"messages": [USER, CALL]}, "messages.1: `tool_use` ids were found"),
        ({"messages": [USER, CALL, USER]}, "messages.1: `tool_use` ids were found"),
        ({"messages": [USER, CALL, RESULT, RESULT]}, "messages.3.content.0: unexpected"),
        (
            {"messages": [{"role": "user", "content": CALL["content"]}]},
            "messages.0.content.0: `tool_use` blocks can only be in assistant messages",
        ),
        ({"tools": [{"name": "x"}]}, "tools.0.custom.input_schema: "),
        ({"tools": [{"name": "x", "input_schema": {}}]}, "tools.0.custom.input_schema.type: "),
        ({"tools": [], "tool_choice": {"type": "any"}}, "tool_choice: "),
        ({"tool_choice": {"type": "tool", "name": "no"}}, "tool_choice: Tool 'no' not found"),
        ({"tool_choice": {"type": "tool"}}, "tool_choice: Tool '' not found"),
        ({"thinking": {"type": "enabled"}}, "thinking.enabled.budget_tokens: "),
        (
            {"thinking": {"type": "enabled", "budget_tokens": 2000}},
            "`max_tokens` must be greater than `thinking.budget_tokens`",
        ),
        (
            {
                "thinking": {"type": "enabled", "budget_tokens": 2000},
                "max_tokens": 3000,
                "tool_choice": {"type": "any"},
            },
            "Thinking may not be enabled",
        ),
        ({"stop_sequences": [" "]}, "stop_sequences.0: "),
        (
            {"messages": [{"role": "user", "content": [MARKED] * 5}]},
            "A maximum of 4 blocks with cache_control may be provided. Found 5.",
        ),
    ],
)
def test_what_is_wrong_is_named(client, fields, start):
    """A request at fault is 400 and the message tells where the fault is."""
    response = client.message(**{"messages": [USER], "tools": TOOLS, **fields})
    assert error_of(response, 400, "invalid_request_error").startswith(start)


@pytest.mark.parametrize(
    "body", [b"{", b"", b"[1]", b'"x"', b"\xff", b'{"a":"\\ud800"}', b"[" * 5000]
)
def test_bad_json_is_refused(client, body):
    """A body that is no JSON object is 400."""
    headers = {**ANTHROPIC, "Content-Type": "application/json"}
    response = requests.post(f"{client.base_url}/messages", data=body, headers=headers, timeout=10)
    error_of(response, 400, "invalid_request_error")


def test_large_bodies_are_refused(client):
    """Over 4 MiB the answer is 413."""
    error_of(client.message("x" * 4_200_000), 413, "request_too_large")


def test_wrong_method_and_wrong_path(client):
    """The framework's own refusals have Anthropic's form, too."""
    url = f"{client.base_url}/messages"
    error_of(requests.get(url, headers=ANTHROPIC, timeout=10), 405, "invalid_request_error")
    error_of(requests.get(f"{url}/x", headers=ANTHROPIC, timeout=10), 404, "not_found_error")


@pytest.mark.parametrize("query", ["limit=0", "limit=x", "limit=1001"])
def test_bad_page_size_is_refused(client, query):
    """A page of models has from 1 to 1000."""
    response = requests.get(f"{client.base_url}/models?{query}", headers=ANTHROPIC, timeout=10)
    assert error_of(response, 400, "invalid_request_error").startswith("limit: ")


def test_the_header_decides_whose_models_are_told(client):
    """One path serves both vendors: with `anthropic-version` the answers are Anthropic's."""
    url = f"{client.base_url}/models"
    listed = requests.get(url, headers=ANTHROPIC, timeout=10).json()
    assert listed["first_id"] == listed["data"][0]["id"]
    assert listed["last_id"] == listed["data"][-1]["id"]
    assert listed["has_more"] is False
    assert {row["type"] for row in listed["data"]} == {"model"}
    back = requests.get(
        f"{url}?limit=1&before_id={listed['last_id']}", headers=ANTHROPIC, timeout=10
    )
    assert back.json()["data"] == listed["data"][-2:-1]
    missing = requests.get(f"{url}/gpt-4o", headers=ANTHROPIC, timeout=10)
    error_of(missing, 404, "not_found_error")
