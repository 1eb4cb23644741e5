"""The simulator through the real `openai` package, as an application calls it."""

import base64
import json
import struct

import openai
import pytest

from tests.unit.example_app.simulator.conftest import SUPPORT
from tests.unit.example_app.simulator.package_clients import (
    OPENAI,
    QUESTION,
    SyncCalls,
    chat,
    ordered,
)

MODEL = "gpt-4o-mini"


@pytest.fixture(params=[False, True], ids=["sync", "async"])
def calls(request, client):
    """The package's sync client, then its async client."""
    return OPENAI.calls(client.root, is_async=request.param)


def test_chat(calls):
    """An answer has text, an end, token counts and the request's id."""
    answer = calls.call(chat())
    assert answer.choices[0].message.content
    assert answer.choices[0].finish_reason == "stop"
    assert answer.model == "gpt-4o-mini-2024-07-18"
    assert answer.usage.total_tokens == answer.usage.prompt_tokens + answer.usage.completion_tokens
    assert answer._request_id.startswith("req_")


def test_stream(calls):
    """The pieces of a stream are the text that comes without one, and the last has the usage."""
    *chunks, last = calls.items(chat(stream=True, stream_options={"include_usage": True}))
    text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks)
    whole = calls.call(chat())
    assert text == whole.choices[0].message.content
    assert chunks[-1].choices[0].finish_reason == "stop"
    assert last.usage == whole.usage


def test_stream_put_together_by_the_package(calls):
    """`chat.completions.stream` makes a whole tool call of the pieces."""
    final = calls.final(
        lambda c: c.chat.completions.stream(model=MODEL, messages=QUESTION, tools=SUPPORT)
    )
    (call,) = final.choices[0].message.tool_calls
    assert final.choices[0].finish_reason == "tool_calls"
    assert json.loads(call.function.arguments) == {"order_id": "1042"}


def test_tool_round_trip(calls):
    """The call that the model asks for is answered by the caller, and the answer tells of it."""
    asked = calls.call(chat(tools=SUPPORT)).choices[0].message
    (call,) = asked.tool_calls
    assert (call.type, call.function.name) == ("function", "lookup_order")
    result = {"role": "tool", "tool_call_id": call.id, "content": '{"carrier": "DHL"}'}
    answer = calls.call(
        chat(tools=SUPPORT, messages=[*QUESTION, asked.model_dump(exclude_none=True), result])
    )
    assert "DHL" in answer.choices[0].message.content


def test_stop_sequences(calls):
    """An answer ends before the caller's text."""
    answer = calls.call(chat(stop=["general", "never said"]))
    assert answer.choices[0].message.content == "I can answer that only in "
    assert answer.choices[0].finish_reason == "stop"


def test_reasoning_tokens(calls):
    """A model of the o series counts its thoughts, and fewer tokens leave less room for text."""
    usage = calls.call(chat(model="o3-mini")).usage
    thought = usage.completion_tokens_details.reasoning_tokens
    assert 0 < thought < usage.completion_tokens
    cut = calls.call(chat(model="o3-mini", max_completion_tokens=thought + 2))
    assert cut.choices[0].finish_reason == "length"
    assert cut.usage.completion_tokens == thought + 2


def test_embeddings_in_both_encodings(calls):
    """The package's own choice (base64) and numbers as JSON give the same vectors."""

    def vectors(**fields):
        asked = {"model": "text-embedding-3-small", "input": ["refund", "parcel"], **fields}
        return calls.call(lambda client: client.embeddings.create(**asked))

    coded, plain = vectors(), vectors(encoding_format="float")
    assert len(coded.data[0].embedding) == 1536
    for a, b in zip(coded.data, plain.data, strict=True):
        assert a.embedding == pytest.approx(b.embedding, abs=1e-6)
    raw = vectors(encoding_format="base64", dimensions=4).data[0].embedding
    assert len(struct.unpack("<4f", base64.b64decode(raw))) == 4
    assert coded.usage.total_tokens == plain.usage.total_tokens > 0


def test_embeddings_of_token_numbers(calls):
    """Inputs may be lists of token numbers, which count one token each."""
    asked = {"model": "text-embedding-3-small", "input": [[1, 2, 3], [9]]}
    answer = calls.call(lambda client: client.embeddings.create(**asked))
    assert len(answer.data) == 2
    assert answer.usage.prompt_tokens == 4


def test_models(calls):
    """OpenAI's models are listed, none of another vendor; one can be asked for by name."""

    async def page(client):
        return await client.models.list()

    is_sync = isinstance(calls, SyncCalls)
    listed = calls.call((lambda client: client.models.list()) if is_sync else page)
    names = {model.id for model in listed.data}
    assert {"gpt-4o", "o4-mini", "text-embedding-3-large"} <= names
    assert {model.owned_by for model in listed.data} == {"openai"}
    one = calls.call(lambda client: client.models.retrieve("gpt-4o"))
    assert one.created == 1_722_902_400


@pytest.mark.parametrize(
    ("fields", "error", "code"),
    [
        (ordered("provider_429;retry_after_seconds=7"), openai.RateLimitError, 429),
        (ordered("provider_500"), openai.InternalServerError, 500),
        (ordered("provider_500;status=503"), openai.InternalServerError, 503),
        (ordered("provider_timeout;hold_seconds=0.01"), openai.InternalServerError, 504),
        ({"model": "gpt-99"}, openai.NotFoundError, 404),
        ({"max_tokens": 0}, openai.BadRequestError, 400),
    ],
)
@pytest.mark.parametrize("stream", [False, True])
def test_errors_are_the_packages_own(calls, fields, error, code, stream):
    """What goes wrong arrives as the exception that the package has for it."""
    with pytest.raises(error) as raised:
        calls.call(chat(stream=stream, **fields))
    assert raised.value.status_code == code
    assert raised.value.request_id.startswith("req_")
    assert raised.value.body["message"]
    if code == 429:
        assert raised.value.response.headers["retry-after"] == "7"
        assert raised.value.code == "rate_limit_exceeded"


def test_a_cut_answer_is_a_connection_error(calls):
    """A connection that breaks is told as such, in a stream after the first pieces."""
    cut = ordered("cut_stream")
    with pytest.raises(openai.APIConnectionError):
        calls.call(chat(**cut))
    with pytest.raises(openai.APIConnectionError):
        calls.items(chat(stream=True, **cut))
