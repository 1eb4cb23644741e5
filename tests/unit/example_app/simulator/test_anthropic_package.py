"""The simulator through the real `anthropic` package, as an application calls it."""

import anthropic
import httpx2
import pytest

from tests.unit.example_app.simulator.conftest import SUPPORT, custom_tool
from tests.unit.example_app.simulator.package_clients import (
    ANTHROPIC,
    QUESTION,
    SyncCalls,
    create,
    ordered,
)

MODEL = "claude-haiku-4-5"
TOOLS = [custom_tool(tool) for tool in SUPPORT]
USUAL = {"model": MODEL, "max_tokens": 500, "messages": QUESTION}


@pytest.fixture(params=[False, True], ids=["sync", "async"])
def calls(request, client):
    """The package's sync client, then its async client."""
    return ANTHROPIC.calls(client.root, is_async=request.param)


def stream(**fields):
    """A message put together by the package from a stream."""
    return lambda client: client.messages.stream(**{**USUAL, **fields})


def test_message(calls):
    """An answer has a block of text, an end, token counts and the request's id."""
    answer = calls.call(create(system="You are brief."))
    (block,) = answer.content
    assert block.type == "text"
    assert block.text
    assert (answer.role, answer.stop_reason) == ("assistant", "end_turn")
    assert answer.model == "claude-haiku-4-5-20251001"
    assert answer.usage.input_tokens > 0
    assert answer.usage.output_tokens > 0
    assert answer._request_id.startswith("req_")


def test_stream_put_together_by_the_package(calls):
    """`messages.stream` makes of the events what comes without a stream."""
    whole, final = calls.call(create()), calls.final(stream())
    assert final.content[0].text == whole.content[0].text
    assert final.usage.output_tokens == whole.usage.output_tokens
    assert final.stop_reason == "end_turn"


def test_raw_stream(calls):
    """The events come in the order that the API documents; the package hides the ping."""
    kinds = [event.type for event in calls.items(create(stream=True))]
    assert kinds[:2] == ["message_start", "content_block_start"]
    assert set(kinds[2:-3]) == {"content_block_delta"}
    assert kinds[-3:] == ["content_block_stop", "message_delta", "message_stop"]


def test_streamed_tool_call(calls):
    """The pieces of a call's JSON are put together by the package."""
    final = calls.final(stream(tools=TOOLS))
    (block,) = final.content
    assert (block.type, block.name, block.input) == (
        "tool_use",
        "lookup_order",
        {"order_id": "1042"},
    )
    assert final.stop_reason == "tool_use"


@pytest.mark.parametrize(
    ("result", "told"),
    [
        ({"content": '{"carrier": "DHL"}'}, "DHL"),
        ({"content": [{"type": "text", "text": '{"carrier": "DHL"}'}]}, "DHL"),
        ({"content": "the service is down", "is_error": True}, "could not look up"),
    ],
)
def test_tool_round_trip(calls, result, told):
    """The caller answers the model's call, well or with an error, and the answer tells of it."""
    asked = calls.call(create(tools=TOOLS))
    (block,) = asked.content
    block_result = {"type": "tool_result", "tool_use_id": block.id, **result}
    turns = [
        *QUESTION,
        {"role": "assistant", "content": asked.content},
        {"role": "user", "content": [block_result]},
    ]
    answer = calls.call(create(tools=TOOLS, messages=turns))
    assert answer.stop_reason == "end_turn"
    assert told in answer.content[0].text


def test_thinking(calls):
    """A caller who asks for it gets the thinking first, signed, and counted as output."""
    thinking = {"type": "adaptive"}
    for final in (calls.call(create(thinking=thinking)), calls.final(stream(thinking=thinking))):
        thought, text = final.content
        assert (thought.type, text.type) == ("thinking", "text")
        assert "1042" in thought.thinking
        assert thought.signature
        tokens = final.usage.output_tokens_details.thinking_tokens
        assert 0 < tokens < final.usage.output_tokens


def test_token_count(calls):
    """The count of a prompt is what a message with that prompt is charged for."""
    prompt = {"model": MODEL, "messages": QUESTION, "tools": TOOLS, "system": "You are brief."}
    counted = calls.call(lambda client: client.messages.count_tokens(**prompt))
    charged = calls.call(create(tools=TOOLS, system="You are brief."))
    assert counted.input_tokens == charged.usage.input_tokens


def test_models(calls):
    """Anthropic's models are listed page by page, newest first; one can be asked for by name."""

    async def listed(client):
        return [model async for model in client.models.list(limit=1)]

    is_sync = isinstance(calls, SyncCalls)
    models = calls.call((lambda client: list(client.models.list(limit=1))) if is_sync else listed)
    names = [model.id for model in models]
    assert "claude-haiku-4-5-20251001" in names
    assert len(names) == len(set(names)) > 1
    assert all(name.startswith("claude-") for name in names)
    assert models == sorted(models, key=lambda model: model.created_at, reverse=True)
    one = calls.call(lambda client: client.models.retrieve("claude-haiku-4-5"))
    assert (one.display_name, one.lifecycle) == ("Claude Haiku 4.5", "active")


@pytest.mark.parametrize(
    ("fields", "error", "kind"),
    [
        (
            ordered("provider_429;retry_after_seconds=7"),
            anthropic.RateLimitError,
            "rate_limit_error",
        ),
        (ordered("provider_500"), anthropic.InternalServerError, "api_error"),
        (ordered("provider_500;status=529"), anthropic.OverloadedError, "overloaded_error"),
        (
            ordered("provider_timeout;hold_seconds=0.01"),
            anthropic.GatewayTimeoutError,
            "timeout_error",
        ),
        ({"model": "claude-99"}, anthropic.NotFoundError, "not_found_error"),
        ({"max_tokens": 0}, anthropic.BadRequestError, "invalid_request_error"),
    ],
)
@pytest.mark.parametrize("streamed", [False, True])
def test_errors_are_the_packages_own(calls, fields, error, kind, streamed):
    """What goes wrong arrives as the exception that the package has for it."""
    with pytest.raises(error) as raised:
        calls.call(create(stream=streamed, **fields))
    assert raised.value.type == kind
    assert raised.value.api_message
    assert raised.value.request_id == raised.value.body["request_id"]
    if error is anthropic.RateLimitError:
        assert raised.value.response.headers["retry-after"] == "7"


def test_a_cut_answer_is_a_connection_error(calls):
    """A broken connection is told as such; from a stream the transport's own error comes out."""
    cut = ordered("cut_stream")
    with pytest.raises(anthropic.APIConnectionError):
        calls.call(create(**cut))
    for broken in (
        lambda: calls.items(create(stream=True, **cut)),
        lambda: calls.final(stream(**cut)),
    ):
        with pytest.raises(httpx2.RemoteProtocolError):
            broken()
