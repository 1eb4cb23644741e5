"""Anthropic's prompt cache: nothing is cached but what the caller has marked."""

import asyncio
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from example_app.simulator import SimulatorSettings, create_simulator
from tests.unit.example_app.simulator.conftest import ANTHROPIC

LONG = "You help people with their orders. " * 60
MARK = {"type": "ephemeral"}


def user(*texts, mark=None):
    """A message of one block for each text; the last one may be marked."""
    content = [{"type": "text", "text": text} for text in texts]
    if mark:
        content[-1]["cache_control"] = mark
    return {"role": "user", "content": content}


def system(mark=None):
    """Long instructions, marked or not."""
    block = {"type": "text", "text": LONG}
    return [{**block, "cache_control": mark} if mark else block]


class Provider:
    """A simulator with a clock that stands until it is moved."""

    def __init__(self):
        self.time = datetime(2026, 1, 1, tzinfo=UTC)
        settings = SimulatorSettings(latency_scale=0, otlp_endpoint="")
        self._app = create_simulator(settings, now=lambda: self.time)

    async def _post(self, body):
        transport = httpx.ASGITransport(self._app)
        async with httpx.AsyncClient(transport=transport, base_url="http://simulator") as client:
            return await client.post("/v1/messages", json=body, headers=ANTHROPIC)

    def usage(self, *messages, model="claude-haiku-4-5", **fields):
        """Tokens of one call: fresh, written, read."""
        body = {"model": model, "max_tokens": 99, "messages": list(messages), **fields}
        response = asyncio.run(self._post(body))
        assert response.status_code == 200, response.text
        usage = response.json()["usage"]
        kept = usage["cache_creation"]
        assert usage["cache_creation_input_tokens"] == sum(kept.values())
        return (
            usage["input_tokens"],
            usage["cache_creation_input_tokens"],
            usage["cache_read_input_tokens"],
        )


@pytest.fixture
def provider():
    """A provider whose cache is empty."""
    return Provider()


def test_without_a_mark_nothing_is_cached(provider):
    """A long prompt that comes twice is charged in full twice."""
    first = provider.usage(user("Hello!"), system=system())
    assert first == provider.usage(user("Hello!"), system=system())
    assert first[0] > 500
    assert first[1:] == (0, 0)


def test_a_marked_prompt_is_written_then_read(provider):
    """The first call pays for writing, the next reads; `input_tokens` is only what is left."""
    plain, _, _ = provider.usage(user("Hello!"), system=system())
    fresh, written, read = provider.usage(user("Hello!"), system=system(MARK))
    assert written > 500
    assert read == 0
    assert fresh + written == plain
    assert provider.usage(user("Hello!"), system=system(MARK)) == (fresh, 0, written)
    assert provider.usage(user("Thank you"), system=system(MARK))[2] == written


def test_another_model_or_another_beginning_reads_nothing(provider):
    """The cache knows a prompt only for its model and from its first byte on."""
    provider.usage(user("Hello!"), system=system(MARK))
    other_model = provider.usage(user("Hello!"), system=system(MARK), model="claude-opus-4-5")
    tool = {"name": "t", "input_schema": {"type": "object"}}
    other_beginning = provider.usage(user("Hello!"), system=system(MARK), tools=[tool])
    assert other_model[2] == other_beginning[2] == 0


def test_a_short_prompt_is_not_cached(provider):
    """Below the limit a mark has no effect."""
    for _ in range(2):
        assert provider.usage(user("Hello!", mark=MARK))[1:] == (0, 0)


@pytest.mark.parametrize(("mark", "minutes"), [(MARK, 5), ({**MARK, "ttl": "1h"}, 60)])
def test_the_cache_forgets(provider, mark, minutes):
    """What is not read for five minutes, or an hour, is forgotten; a reading keeps it."""
    _, written, _ = provider.usage(user("Hello!"), system=system(mark))
    for _ in range(2):
        provider.time += timedelta(minutes=minutes, seconds=-1)
        assert provider.usage(user("Hello!"), system=system(mark))[2] == written
    provider.time += timedelta(minutes=minutes)
    assert provider.usage(user("Hello!"), system=system(mark))[1:] == (written, 0)


def test_a_conversation_reads_what_it_wrote_a_turn_ago(provider):
    """With the mark on the newest message, each turn reads the turns before and writes its own."""
    answer = {"role": "assistant", "content": "Hello! How can I help you today?"}
    _, written, _ = provider.usage(user(LONG, mark=MARK))
    _, more, read = provider.usage(user(LONG), answer, user("Where is order 1042?", mark=MARK))
    assert read == written
    assert 0 < more < 50


def test_one_mark_for_all_is_a_mark_on_the_last_block(provider):
    """`cache_control` beside the messages caches the whole prompt."""
    fresh, written, _ = provider.usage(user(LONG), cache_control=MARK)
    assert fresh == 0
    assert provider.usage(user(LONG), cache_control=MARK) == (0, 0, written)


def test_marks_of_both_lengths_are_told_apart(provider):
    """The part kept for an hour is counted by itself."""
    body = {
        "model": "claude-haiku-4-5",
        "max_tokens": 99,
        "system": system({**MARK, "ttl": "1h"}),
        "messages": [user(LONG, mark=MARK)],
    }
    usage = asyncio.run(provider._post(body)).json()["usage"]
    kept = usage["cache_creation"]
    assert kept["ephemeral_1h_input_tokens"] > 500
    assert kept["ephemeral_5m_input_tokens"] > 500
    assert sum(kept.values()) == usage["cache_creation_input_tokens"]
